import { createHash } from 'node:crypto'
import type { Source } from './backend.ts'
import { changed, readRange } from './source.ts'

const mebibyte = 1024 * 1024
/** Larger bodies go in parts. */
export const partSize = 8 * mebibyte
/** The smallest part that S3 takes: the smaller they are, the less of a body waits to be collected. */
const leastPart = 5 * mebibyte
/** Each holds its bytes in memory, and as much again until it is collected. */
const inFlight = 2

/**
 * Sends a body in parts, at most `maxParts`. They are read one after the other, for the MD5 of the whole, and
 * sent side by side; all have come to rest when it ends, well or not.
 * @param send stores one part; what it resolves to is returned in the order of the parts
 */
export async function sendInParts<T>(
  source: Source,
  key: string,
  maxParts: number,
  send: (bytes: Uint8Array<ArrayBuffer>, index: number) => Promise<T>,
): Promise<T[]> {
  const size = Math.max(leastPart, Math.ceil(source.size / maxParts / mebibyte) * mebibyte)
  const count = Math.ceil(source.size / size)
  const sent: T[] = []
  const whole = createHash('md5')
  let next = 0
  let turn = Promise.resolve<unknown>(undefined)

  async function read(i: number) {
    const bytes = await readRange(source, key, i * size, Math.min((i + 1) * size, source.size))
    whole.update(bytes)
    return bytes
  }
  async function sendSome(): Promise<void> {
    while (next < count) {
      const i = next++
      const reading = turn.then(() => read(i))
      turn = reading
      sent[i] = await send(await reading, i)
    }
  }
  const sending = Array.from({ length: inFlight }, () =>
    sendSome().catch((error: unknown) => {
      next = count
      throw error
    }),
  )
  // A part that arrives after its upload was given up would stay.
  await Promise.allSettled(sending)
  await Promise.all(sending)
  if (whole.digest('hex') !== source.md5) throw changed(key, 'has another MD5 than announced')
  return sent
}
