import { createHash, hash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** Up to this size a file is read in one go; above it, in parts, so that large ones don't fill the memory. */
export const smallFile = 8 * 1024 * 1024

/** Up to this size a local file is read in microseconds, and awaiting it takes ten times as long. */
const tinyFile = 256 * 1024

/** Hex SHA-256 of bytes. */
export const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes)

/** The content of a file of about that size, which is read in one go. */
export const readWhole = async (path: string, size: number): Promise<Buffer<ArrayBuffer>> =>
  size <= tinyFile ? readFileSync(path) : readFile(path)

/** Hex SHA-256 of a file's content. */
export async function sha256OfFile(path: string, size: number): Promise<string> {
  if (size <= smallFile) return sha256(await readWhole(path, size))
  const hashing = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    hashing.update(chunk as Uint8Array)
  return hashing.digest('hex')
}
