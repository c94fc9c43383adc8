import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { ManifestFile } from '../../manifest.ts'
import { readLines } from '../../read-lines.ts'
import type { Page } from '../../routes/types.ts'
import { writing } from '../../staging/write-failed.ts'
import type { Rendered } from '../messages.ts'
import type { Fingerprint } from './fingerprint.ts'

/** What is known of a page besides its line in the manifest. */
interface PageFacts extends Pick<Rendered, 'etag' | 'doctype' | 'noindex' | 'warnings' | 'links'> {
  /** What the app was asked for: the path without `base`. */
  url: string
  cacheKey?: string | undefined
}

/** All that is known of a page which the next build may keep. */
export interface PageRecord extends PageFacts {
  file: ManifestFile
  /** `file` as the manifest has it: text is copied faster than it is made. */
  line: string
}

/** What the next build needs to keep a rendered page; undefined if nothing says when it changes. */
export function recordOf(
  { url, cacheKey }: Page,
  { etag, doctype, noindex, warnings, links }: Rendered,
  file: ManifestFile,
  line: string,
): PageRecord | undefined {
  if (cacheKey === undefined && etag === undefined) return undefined
  return { url, cacheKey, etag, doctype, noindex, warnings, links, file, line }
}

/**
 * The first line of the file. One line for each page follows, its {@link PageFacts} and its line of the manifest with a
 * tab between them, and then the {@link End}.
 */
interface Header {
  version: 1
  fingerprint: Fingerprint
  /** Those of the site when the links of the pages were read. */
  addresses: readonly string[]
}

/** The last line. A file without a right one was cut short or edited, and is not used. */
interface End {
  /** The `createdAt` of the manifest that the record belongs to. */
  manifest: string
  /** Of all that is before this line. Hex. */
  sha256: string
}

/** Characters that are buffered before they are written. */
const bufferSize = 1 << 18

/** Writes what is known of the pages of a build, in the order in which they are done: `<outDir>.cache.jsonl`. */
export class RecordWriter {
  readonly #path: string
  readonly #file: number
  readonly #hash = createHash('sha256')
  #buffered: string
  #closed = false

  constructor(path: string, fingerprint: Fingerprint, addresses: readonly string[]) {
    this.#path = path
    this.#file = writing(path, () => openSync(path, 'w'))
    this.#buffered = lineOf({ version: 1, fingerprint, addresses } satisfies Header)
  }

  add({ line, url, cacheKey, etag, doctype, noindex, warnings, links }: PageRecord): void {
    const facts: PageFacts = { url, cacheKey, etag, doctype, noindex, warnings, links }
    this.#buffered += `${JSON.stringify(facts)}\t${line}\n`
    if (this.#buffered.length > bufferSize) this.#flush()
  }

  /** Removes the file: the next build renders all pages. */
  discard(): void {
    this.close()
    rmSync(this.#path)
  }

  /** @param manifest The `createdAt` of the manifest that is written with it */
  end(manifest: string): void {
    if (this.#closed) return
    this.#flush()
    this.#buffered = lineOf({ manifest, sha256: this.#hash.digest('hex') } satisfies End)
    writing(this.#path, () => writeFileSync(this.#file, this.#buffered))
    this.close()
  }

  /** Closes the file: Windows does not remove a file that is open. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#file)
  }

  #flush(): void {
    writing(this.#path, () => writeFileSync(this.#file, this.#buffered))
    this.#hash.update(this.#buffered)
    this.#buffered = ''
  }
}

const lineOf = (value: object) => `${JSON.stringify(value)}\n`

/** What the last build recorded. */
export interface LastRecord {
  fingerprint: Fingerprint
  pages(): AsyncGenerator<PageRecord, void, undefined>
}

/**
 * Opens the record of the last build.
 * @param manifest The `createdAt` of the manifest that the last build wrote
 * @param addresses Those of the site now. Links that were read with others are left out
 * @returns Undefined if there is none, if it belongs to another manifest, or if it is damaged
 */
export async function readRecord(
  path: string,
  manifest: string,
  addresses: readonly string[],
): Promise<LastRecord | undefined> {
  try {
    const end = await readEnd(path)
    if (end.manifest !== manifest || (await sha256Of(path, end.at)) !== end.sha256) return undefined
    for await (const [first = ''] of readLines(path)) {
      const header = JSON.parse(first) as Partial<Header>
      const { version, fingerprint } = header
      if (version !== 1 || !fingerprint) return undefined
      const withLinks = JSON.stringify(header.addresses) === JSON.stringify(addresses)
      return { fingerprint, pages: () => readPages(path, withLinks) }
    }
  } catch {
    // All pages are rendered then, which is always right.
  }
  return undefined
}

/** The most bytes of the last line. */
const endBytes = 1024

/** @returns Also where the last line begins. Throws if it is none */
async function readEnd(path: string): Promise<End & { at: number }> {
  const file = await open(path)
  try {
    const start = Math.max(0, (await file.stat()).size - endBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(endBytes), 0, endBytes, start)
    const at = buffer.lastIndexOf('\n', bytesRead - 2) + 1
    return { ...(JSON.parse(buffer.toString('utf8', at, bytesRead)) as End), at: start + at }
  } finally {
    await file.close()
  }
}

async function sha256Of(path: string, size: number): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(path, { end: size - 1 })) hash.update(bytes as Buffer)
  return hash.digest('hex')
}

async function* readPages(path: string, withLinks: boolean): AsyncGenerator<PageRecord, void, undefined> {
  for await (const lines of readLines(path)) {
    for (const text of lines) {
      // JSON has no tab in it. The first line and the last have none at all.
      const tab = text.indexOf('\t')
      if (tab === -1) continue
      const facts = JSON.parse(text.slice(0, tab)) as PageFacts
      if (!withLinks) delete facts.links
      const line = text.slice(tab + 1)
      yield { ...facts, file: JSON.parse(line) as ManifestFile, line }
    }
  }
}
