import { closeSync, existsSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { type ManifestFile, assertFile, invalidManifest, isObject } from './manifest-line.ts'

/**
 * What was written into the site since the build, one line each: `<outDir>.manifest.journal.jsonl`. A line is appended
 * in one write, so that several servers can do so at once and none rewrites the manifest. Each line names the manifest
 * it belongs to: after the next build, the lines that are left mean nothing.
 */
export interface JournalLine {
  /** The `createdAt` of the manifest. */
  manifest: string
  /** When it was written: ISO 8601, UTC. */
  at: string
  /** The file as the manifest would list it. */
  file?: ManifestFile
  /** The key of a file that was removed, instead of `file`. */
  removed?: string
}

/** The journal of a manifest. */
export const journalFile = (manifestFile: string): string =>
  `${manifestFile.replace(/\.jsonl$/, '')}.journal.jsonl`

/**
 * Appends a line. It begins with a line break: the process before may have died in the middle of its line.
 * Throws where the disk did not take all of it.
 */
export function appendLine(path: string, line: JournalLine): void {
  const bytes = Buffer.from(`\n${JSON.stringify(line)}\n`)
  const file = openSync(path, 'a')
  try {
    const written = writeSync(file, bytes)
    if (written < bytes.byteLength) throw new Error(`the disk took ${written} of ${bytes.byteLength} bytes`)
  } finally {
    closeSync(file)
  }
}

/** Reads the journal of one manifest, each time only what was appended since the last. */
export class Journal {
  /** By key, what the last line says: the file, or `null` where it was removed. */
  readonly files = new Map<string, ManifestFile | null>()
  /** When the last line was written. */
  changedAt: string | undefined
  readonly manifest: string
  readonly #path: string
  #read = 0

  /** @param manifest The `createdAt` of the manifest */
  constructor(path: string, manifest: string) {
    this.#path = path
    this.manifest = manifest
  }

  /** @throws {DistillError} `MANIFEST_INVALID` if a line was edited */
  read(): this {
    if (!existsSync(this.#path)) return this
    const bytes = this.#readOn()
    // What follows the last line break is being written, or its process died.
    const end = bytes.lastIndexOf('\n') + 1
    this.#read += end
    for (const line of bytes.toString('utf8', 0, end).split('\n')) if (line !== '') this.#apply(line)
    return this
  }

  #readOn(): Buffer {
    const file = openSync(this.#path, 'r')
    try {
      const bytes = Buffer.allocUnsafe(Math.max(fstatSync(file).size - this.#read, 0))
      let size = 0
      for (let read = -1; size < bytes.byteLength && read !== 0; size += read)
        read = readSync(file, bytes, size, bytes.byteLength - size, this.#read + size)
      return bytes.subarray(0, size)
    } finally {
      closeSync(file)
    }
  }

  #apply(text: string): void {
    const line = parse(text)
    if (line?.manifest !== this.manifest) return
    const { file, removed, at } = line
    if (typeof removed === 'string') this.files.set(removed, null)
    else {
      assertFile(file, this.#path, 'a line')
      this.files.set(file.key, file)
    }
    if (Number.isNaN(Date.parse(String(at)))) throw invalidManifest(this.#path, 'a line has no valid `at`')
    this.changedAt = at as string
  }
}

/** A line, or `undefined` for what a process left that died while it wrote. */
function parse(text: string): Record<string, unknown> | undefined {
  try {
    const line: unknown = JSON.parse(text)
    return isObject(line) ? line : undefined
  } catch {
    return undefined
  }
}
