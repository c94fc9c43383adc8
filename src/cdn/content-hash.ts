import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, statSync } from 'node:fs'

/** A file: its key, and its path on disk. */
export interface ContentFile {
  key: string
  from: string
}

/** Hex characters of a file's tag. It only has to differ from the tags of other versions of the same file. */
export const tagLength = 10
/** Bytes read at a time. */
const chunkBytes = 1 << 20

/** The tags of files that were read before, by path. The dev server asks for them at every change. */
const known = new Map<string, { size: number; ctimeMs: number; tag: string }>()

/** The tag of each file: the first characters of the SHA-256 of its content. */
export const contentTags = (files: readonly ContentFile[]): (readonly [key: string, tag: string])[] =>
  files.map(({ key, from }) => [key, contentTag(from)] as const)

function contentTag(path: string): string {
  const { size, ctimeMs } = statSync(path)
  const before = known.get(path)
  if (before?.size === size && before.ctimeMs === ctimeMs) return before.tag
  const hash = createHash('sha256')
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes)
    for (let read; (read = readSync(file, buffer, 0, chunkBytes, null)) > 0;)
      hash.update(buffer.subarray(0, read))
  } finally {
    closeSync(file)
  }
  const tag = hash.digest('hex').slice(0, tagLength)
  known.set(path, { size, ctimeMs, tag })
  return tag
}

/** One tag for all files together. It changes when the content or the name of any file changes. */
export function tagOfAll(tags: readonly (readonly [key: string, tag: string])[], length: number): string {
  const hash = createHash('sha256')
  for (const [key, tag] of tags) hash.update(`${key}\0${tag}\0`)
  return hash.digest('hex').slice(0, length)
}
