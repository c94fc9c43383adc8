import { createHash } from 'node:crypto'
import type { Retry, Source } from './backend.ts'
import { changed, readRange } from './source.ts'

const mebibyte = 1024 * 1024
/** A larger content is sent in parts. Bytes. */
export const partSize = 8 * mebibyte
/** The smallest part that S3 accepts. Smaller parts leave less memory for the garbage collector. */
const minPartSize = 5 * mebibyte
/** Parts stored at once. Each that is sent holds its bytes in memory twice until they are collected. */
const concurrency = 3

/**
 * Stores `count` parts, a few at once. No request is left running when this returns or throws: a part that arrives
 * after its upload was given up would stay in the storage.
 * @param store stores one part; they are begun in their order
 * @returns the results of `store`, in the order of the parts
 */
export async function inParts<T>(count: number, store: (index: number) => Promise<T>): Promise<T[]> {
  const stored: T[] = []
  let next = 0
  async function storeNext(): Promise<void> {
    while (next < count) {
      const i = next++
      stored[i] = await store(i)
    }
  }
  const storing = Array.from({ length: concurrency }, () =>
    storeNext().catch((error: unknown) => {
      next = count
      throw error
    }),
  )
  await Promise.allSettled(storing)
  await Promise.all(storing)
  return stored
}

/**
 * Sends a content in parts. Parts are read one after the other, for the MD5 of the whole content, and sent
 * concurrently, each again by itself where that may help. No request is left running when this returns or throws.
 * @param maxParts the most parts that the storage accepts
 * @param send stores one part
 * @returns the results of `send`, in the order of the parts
 */
export async function sendInParts<T>(
  source: Source,
  key: string,
  maxParts: number,
  retry: Retry,
  send: (bytes: Uint8Array<ArrayBuffer>, index: number, signal?: AbortSignal) => Promise<T>,
): Promise<T[]> {
  const size = Math.max(minPartSize, Math.ceil(source.size / maxParts / mebibyte) * mebibyte)
  const count = Math.ceil(source.size / size)
  const md5 = createHash('md5')
  let lastRead = Promise.resolve<unknown>(undefined)

  async function read(i: number) {
    const bytes = await readRange(source, key, i * size, Math.min((i + 1) * size, source.size))
    md5.update(bytes)
    return bytes
  }
  const sent = await inParts(count, async (i) => {
    const reading = lastRead.then(() => read(i))
    lastRead = reading
    const bytes = await reading
    return retry((signal) => send(bytes, i, signal))
  })
  if (md5.digest('hex') !== source.md5) throw changed(key, 'its MD5 differs')
  return sent
}
