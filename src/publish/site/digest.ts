import { createHash, hash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { partSize } from '../../backends/parts.ts'

/** A local file up to this size is read in microseconds. Awaiting it takes ten times as long. */
const maxSyncSize = 256 * 1024

/** Hex SHA-256 of bytes. */
export const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes)

/** The content of a file, read at once. `size` is what it should have. */
export const readWhole = async (path: string, size: number): Promise<Buffer<ArrayBuffer>> =>
  size <= maxSyncSize ? readFileSync(path) : readFile(path)

/** Hex SHA-256 of a file's content. `size` is what it should have: larger files are streamed. */
export async function sha256OfFile(path: string, size: number): Promise<string> {
  if (size <= partSize) return sha256(await readWhole(path, size))
  const hashing = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    hashing.update(chunk as Uint8Array)
  return hashing.digest('hex')
}
