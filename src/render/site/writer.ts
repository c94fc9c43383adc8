/**
 * The writer thread: writes new and changed files to the staging directory and only reads unchanged ones.
 * One thread with synchronous calls measured fastest; a second one is slower.
 */
import { createHash } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { contentOf } from '../batch-buffer.ts'
import type { Asset, FromWriter, ToWriter, WrittenFile } from '../messages.ts'
import { serializeError } from '../serialize-error.ts'

export interface WriterConfig {
  /** The site's directory. */
  outDir: string
  /** The directory for new and changed files. */
  staging: string
}

/** Larger files are read in chunks of so many bytes. */
const chunkBytes = 1 << 20
const maxKnownFolders = 10_000

const { outDir, staging } = workerData as WriterConfig
const main = parentPort!
/** Folders of the staging directory that exist. */
const knownFolders = new Set<string>()
/** Files that arrive in parts, by key. */
const open = new Map<string, LargeFile>()
const buffer = Buffer.allocUnsafe(chunkBytes)
/** There is no site to compare with. */
const fresh = statSync(outDir, { throwIfNoEntry: false }) === undefined

main.on('message', (message: ToWriter) => {
  try {
    const response = respond(message)
    main.postMessage(response, 'bytes' in response ? [response.bytes.buffer] : [])
  } catch (error) {
    main.postMessage({ type: 'failed', error: serializeError(error) } satisfies FromWriter)
  }
})

function respond(message: ToWriter): FromWriter {
  if (message.type === 'part') {
    writePart(message.key, message.offset, message.bytes.subarray(0, message.length))
    return { type: 'stored', bytes: message.bytes }
  }
  if (message.type === 'listSite')
    return { type: 'listed', keys: fresh ? '' : [...keysIn(outDir)].join('\0') }
  if (message.type === 'copy') return { type: 'wrote', files: message.assets.map(copy) }
  if (message.type === 'end') return { type: 'wrote', files: [finish(message.key)] }
  const { keys, ends, bytes } = message
  const changes = keys.map((key, i) => write(key, bytes.subarray(ends[i - 1] ?? 0, ends[i])))
  return { type: 'compared', changes }
}

function* keysIn(folder: string, prefix = ''): Generator<string, void, undefined> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const key = prefix + entry.name
    if (entry.isDirectory()) yield* keysIn(join(folder, entry.name), `${key}/`)
    else yield key
  }
}

function write(key: string, bytes: Uint8Array): WrittenFile['change'] {
  const change = fresh ? 'new' : compare(join(outDir, key), bytes)
  if (change !== 'unchanged') {
    const file = openSync(stagedPath(key), 'w')
    try {
      for (let at = 0; at < bytes.byteLength;) at += writeSync(file, bytes, at)
    } finally {
      closeSync(file)
    }
  }
  return change
}

function stagedPath(key: string): string {
  const path = join(staging, key)
  const folder = dirname(path)
  if (!knownFolders.has(folder)) {
    mkdirSync(folder, { recursive: true })
    // A site may have a million folders. A folder that the set has lost is only made once more.
    if (knownFolders.size === maxKnownFolders) knownFolders.clear()
    knownFolders.add(folder)
  }
  return path
}

/** Compares with the site's file: reading an unchanged file costs much less than writing it again. */
function compare(path: string, bytes: Uint8Array): WrittenFile['change'] {
  const file = openExisting(path)
  if (file === undefined) return 'new'
  try {
    if (fstatSync(file).size !== bytes.byteLength) return 'changed'
    for (let at = 0; at < bytes.byteLength;) {
      const read = readSync(file, buffer, 0, chunkBytes, at)
      if (read === 0 || buffer.compare(bytes, at, at + read, 0, read) !== 0) return 'changed'
      at += read
    }
    return 'unchanged'
  } finally {
    closeSync(file)
  }
}

function openExisting(path: string): number | undefined {
  try {
    const file = openSync(path, 'r')
    if (fstatSync(file).isFile()) return file
    closeSync(file)
    return undefined
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code!)) return undefined
    throw error
  }
}

interface LargeFile {
  file: number
  size: number
  md5: ReturnType<typeof createHash>
  sha256: ReturnType<typeof createHash>
}

function writePart(key: string, offset: number, bytes: Uint8Array): void {
  let large = open.get(key)
  if (offset === 0) {
    // A page whose worker was lost is rendered again, from its first part.
    if (large) ftruncateSync(large.file)
    large = {
      file: large?.file ?? openSync(stagedPath(key), 'w'),
      size: 0,
      md5: createHash('md5'),
      sha256: createHash('sha256'),
    }
    open.set(key, large)
  }
  for (let at = 0; at < bytes.byteLength;)
    at += writeSync(large!.file, bytes, at, bytes.byteLength - at, offset + at)
  large!.md5.update(bytes)
  large!.sha256.update(bytes)
  large!.size += bytes.byteLength
}

function finish(key: string): WrittenFile {
  const large = open.get(key)!
  open.delete(key)
  closeSync(large.file)
  const written = { size: large.size, md5: large.md5.digest('hex'), sha256: large.sha256.digest('hex') }
  const existing = fresh ? undefined : openExisting(join(outDir, key))
  if (existing === undefined) return { ...written, change: 'new' }
  try {
    if (fstatSync(existing).size !== written.size || digest(existing) !== written.sha256)
      return { ...written, change: 'changed' }
  } finally {
    closeSync(existing)
  }
  rmSync(stagedPath(key))
  return { ...written, change: 'unchanged' }
}

function digest(file: number): string {
  const sha256 = createHash('sha256')
  for (const chunk of chunks(file)) sha256.update(chunk)
  return sha256.digest('hex')
}

function* chunks(file: number): Generator<Uint8Array, void, undefined> {
  for (let read; (read = readSync(file, buffer, 0, chunkBytes, null)) > 0;) yield buffer.subarray(0, read)
}

function copy({ key, from }: Asset): WrittenFile {
  const file = openSync(from, 'r')
  try {
    const { size } = fstatSync(file)
    if (size <= chunkBytes) {
      const bytes = Buffer.allocUnsafe(size)
      for (let at = 0; at < size;) {
        const read = readSync(file, bytes, at, size - at, at)
        if (read === 0) throw new Error(`\`${from}\` became shorter while it was read`)
        at += read
      }
      return { ...contentOf(bytes), change: write(key, bytes) }
    }
    let offset = 0
    for (const chunk of chunks(file)) {
      writePart(key, offset, chunk)
      offset += chunk.byteLength
    }
    return finish(key)
  } finally {
    closeSync(file)
  }
}
