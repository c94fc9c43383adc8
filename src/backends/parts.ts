import { createHash } from 'node:crypto'
import type { Retry, Source } from './backend.ts'
import { changed, readRange } from './source.ts'

const mebibyte = 1024 * 1024
/** A larger content is sent in parts. Bytes. */
export const partSize = 8 * mebibyte
/** The smallest part that S3 accepts. Smaller parts leave less memory for the garbage collector. */
const minPartSize = 5 * mebibyte
/** Parts sent at once. Each holds its bytes in memory twice until they are collected. */
const concurrency = 2

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
  const sent: T[] = []
  const md5 = createHash('md5')
  let next = 0
  let lastRead = Promise.resolve<unknown>(undefined)

  async function read(i: number) {
    const bytes = await readRange(source, key, i * size, Math.min((i + 1) * size, source.size))
    md5.update(bytes)
    return bytes
  }
  async function sendNext(): Promise<void> {
    while (next < count) {
      const i = next++
      const reading = lastRead.then(() => read(i))
      lastRead = reading
      const bytes = await reading
      sent[i] = await retry((signal) => send(bytes, i, signal))
    }
  }
  const sending = Array.from({ length: concurrency }, () =>
    sendNext().catch((error: unknown) => {
      next = count
      throw error
    }),
  )
  // Wait for all: a part that arrives after its upload was aborted would stay in the storage.
  await Promise.allSettled(sending)
  await Promise.all(sending)
  if (md5.digest('hex') !== source.md5) throw changed(key, 'its MD5 differs')
  return sent
}
