import { createHash, hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { partSize } from '../../backends/parts.ts'

/** A local file up to this size is read in microseconds. Awaiting it takes ten times as long. */
const maxSyncSize = 256 * 1024

/** Hex SHA-256 of bytes. */
export const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes)

/** The content of a file, read at once. `size` is what it should have. */
export const readWhole = async (path: string, size: number): Promise<Buffer<ArrayBuffer>> =>
  size <= maxSyncSize ? readFileSync(path) : readFile(path)

/** Hex SHA-256 of a file's content. `size` is what it should have: larger files are read in parts. */
export async function sha256OfFile(path: string, size: number): Promise<string> {
  if (size <= partSize) return sha256(await readWhole(path, size))
  const handle = await open(path)
  try {
    return await sha256OfHandle(handle)
  } finally {
    await handle.close()
  }
}

/** Hex SHA-256 of all of an open file. */
export async function sha256OfHandle(handle: FileHandle): Promise<string> {
  const { size } = await handle.stat()
  const hash = createHash('sha256')
  // One buffer for the whole file: a buffer for each part would stay in memory until it is collected.
  const buffer = new Uint8Array(1024 * 1024)
  for (let start = 0; start < size; start += buffer.length) hash.update(await fill(handle, buffer, start))
  return hash.digest('hex')
}

/** Fills `part` with the bytes from `start` on; it comes back shorter where the file ends earlier. */
export async function fill(
  handle: FileHandle,
  part: Uint8Array<ArrayBuffer>,
  start: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let filled = 0
  while (filled < part.length) {
    const { bytesRead } = await handle.read(part, filled, part.length - filled, start + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return part.subarray(0, filled)
}
