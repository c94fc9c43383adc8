/**
 * The writer thread: writes new and changed files to the staging directory and only reads unchanged ones.
 * One thread with synchronous calls measured fastest; a second one is slower.
 */
import { createHash, hash } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { readChunks, sha256Of } from '../../cdn/content-hash.ts'
import { contentOf } from '../batch-buffer.ts'
import { writing } from '../../staging/write-failed.ts'
import type { Asset, CheckedFile, FromWriter, ToWriter, WrittenFile } from '../messages.ts'
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
    return { type: 'listed', keys: fresh ? '' : writing(outDir, () => [...keysIn(outDir)].join('\0')) }
  if (message.type === 'check') return { type: 'checked', intact: message.files.map(isIntact) }
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
  const path = join(outDir, key)
  return writing(path, () => {
    const change = fresh ? 'new' : compare(path, bytes)
    if (change !== 'unchanged') writeFileSync(stagedPath(key), bytes)
    return change
  })
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
  if (typeof file === 'string') return file
  try {
    const stats = fstatSync(file)
    if (!stats.isFile()) return stats.isDirectory() ? 'new' : 'changed'
    if (stats.size !== bytes.byteLength) return 'changed'
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

/** A symbolic link is replaced, whatever it leads to. Opening a pipe does not wait for its other end. */
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

function openExisting(path: string): number | 'new' | 'changed' {
  try {
    return openSync(path, flags)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code!
    if (['ENOENT', 'ENOTDIR'].includes(code)) return 'new'
    // It cannot be read, so it cannot be compared; the folder decides whether it can be replaced.
    if (['ELOOP', 'EACCES', 'ENXIO'].includes(code)) return 'changed'
    throw error
  }
}

/** Reads the whole file: its time says nothing after a cache of CI put it back, or where a disk is broken. */
function isIntact({ key, size, sha256 }: CheckedFile): boolean {
  let file: ReturnType<typeof openExisting> | undefined
  try {
    file = openExisting(join(outDir, key))
    if (typeof file === 'string') return false
    const stats = fstatSync(file)
    if (!stats.isFile() || stats.size !== size) return false
    const first = readSync(file, buffer, 0, chunkBytes, 0)
    if (first === size) return hash('sha256', buffer.subarray(0, size)) === sha256
    const whole = createHash('sha256')
    for (let at = 0, read = first; read > 0; at += read, read = readSync(file, buffer, 0, chunkBytes, at))
      whole.update(buffer.subarray(0, read))
    return whole.digest('hex') === sha256
  } catch {
    // A disk that cannot read it, for example. Whether it can be replaced is seen then.
    return false
  } finally {
    if (typeof file === 'number') closeSync(file)
  }
}

interface LargeFile {
  file: number
  size: number
  md5: ReturnType<typeof createHash>
  sha256: ReturnType<typeof createHash>
}

function writePart(key: string, offset: number, bytes: Uint8Array): void {
  writing(join(outDir, key), () => storePart(key, offset, bytes))
}

function storePart(key: string, offset: number, bytes: Uint8Array): void {
  let large = open.get(key)
  if (offset === 0) {
    // A page whose worker was lost is rendered again, from its first part.
    if (large) closeSync(large.file)
    large = {
      file: openSync(stagedPath(key), 'w'),
      size: 0,
      md5: createHash('md5'),
      sha256: createHash('sha256'),
    }
    open.set(key, large)
  }
  writeFileSync(large!.file, bytes)
  large!.md5.update(bytes)
  large!.sha256.update(bytes)
  large!.size += bytes.byteLength
}

function finish(key: string): WrittenFile {
  const large = open.get(key)!
  open.delete(key)
  closeSync(large.file)
  const written = { size: large.size, md5: large.md5.digest('hex'), sha256: large.sha256.digest('hex') }
  const path = join(outDir, key)
  const existing = lstatSync(path, { throwIfNoEntry: false })
  if (!existing || existing.isDirectory()) return { ...written, change: 'new' }
  if (
    !existing.isFile() ||
    existing.size !== written.size ||
    writing(path, () => sha256Of(path)) !== written.sha256
  )
    return { ...written, change: 'changed' }
  rmSync(stagedPath(key))
  return { ...written, change: 'unchanged' }
}

function copy({ key, from }: Asset): WrittenFile {
  if (statSync(from).size <= chunkBytes) {
    const bytes = readFileSync(from)
    return { ...contentOf(bytes), change: write(key, bytes) }
  }
  let offset = 0
  for (const chunk of readChunks(from)) {
    writePart(key, offset, chunk)
    offset += chunk.byteLength
  }
  return finish(key)
}
