import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'

/** Hex characters of a file's tag. It only has to differ from the tags of other versions of the same file. */
export const tagLength = 10
/** Bytes read at a time, at most and at least. */
const chunkBytes = 1 << 20
const minBytes = 1 << 12

/** The tags of files that were read before, by path. The dev server asks for them at every change. */
const known = new Map<string, { size: number; ctimeMs: number; tag: string }>()

/** The tag of each file: the first characters of the SHA-256 of its content. */
export const contentTags = (
  files: readonly { key: string; from: string }[],
): (readonly [key: string, tag: string])[] => files.map(({ key, from }) => [key, contentTag(from)] as const)

function contentTag(path: string): string {
  const { size, ctimeMs } = statSync(path)
  const before = known.get(path)
  if (before?.size === size && before.ctimeMs === ctimeMs) return before.tag
  const tag = sha256Of(path).slice(0, tagLength)
  known.set(path, { size, ctimeMs, tag })
  return tag
}

/** The SHA-256 of a file's content, in hex. */
export function sha256Of(path: string): string {
  const hash = createHash('sha256')
  for (const chunk of readChunks(path)) hash.update(chunk)
  return hash.digest('hex')
}

/** Reads a file through one buffer: a chunk is gone when the next one is read. */
export function* readChunks(path: string): Generator<Uint8Array, void, undefined> {
  const file = openSync(path, 'r')
  try {
    // Most files are small. What has no size, such as a pipe, is read all the same.
    const size = Math.min(Math.max(fstatSync(file).size, minBytes), chunkBytes)
    const buffer = Buffer.allocUnsafe(size)
    for (let read; (read = readSync(file, buffer, 0, size, null)) > 0;) yield buffer.subarray(0, read)
  } finally {
    closeSync(file)
  }
}

/** One tag for all files together. It changes when the content or the name of any file changes. */
export function tagOfAll(tags: readonly (readonly [key: string, tag: string])[], length: number): string {
  const hash = createHash('sha256')
  for (const [key, tag] of tags) hash.update(`${key}\0${tag}\0`)
  return hash.digest('hex').slice(0, length)
}
