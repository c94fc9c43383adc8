import { createHash } from 'node:crypto'
import { messageOf } from '../errors.ts'
import { BackendError, type Source } from './backend.ts'

/**
 * Reads a range of a source. What a source throws is not the storage's failure, so it is told apart
 * from one here, once: its error codes would read as the storage's otherwise.
 */
export async function readRange(
  source: Source,
  key: string,
  start: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes
  try {
    bytes = await source.read(start, end)
  } catch (cause) {
    throw new BackendError('rejected', `cannot read what to store as \`${key}\`: ${messageOf(cause)}`, {
      cause,
    })
  }
  if (bytes.length !== end - start)
    throw changed(key, `has ${bytes.length} bytes where ${end - start} were announced`)
  return bytes
}

/** The content is not the one announced: it must not be stored. */
export const changed = (key: string, how: string) =>
  new BackendError('rejected', `what to store as \`${key}\` changed while it was read: it ${how}`)

/** Bytes as something to store. */
export const sourceOf = (body: Uint8Array<ArrayBuffer>): Source => ({
  size: body.length,
  md5: createHash('md5').update(body).digest('hex'),
  read: async (start, end) => body.subarray(start, end),
})
