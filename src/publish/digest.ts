import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** Up to this size a file is read in one go; above it, in parts, so that large ones don't fill the memory. */
export const smallFile = 8 * 1024 * 1024

/** Hex SHA-256 of bytes. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Hex SHA-256 of a file's content. */
export async function sha256OfFile(path: string, size: number): Promise<string> {
  if (size <= smallFile) return sha256(await readFile(path))
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}
