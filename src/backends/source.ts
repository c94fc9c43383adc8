import { createHash } from 'node:crypto'
import { messageOf } from '../errors.ts'
import { BackendError, type Source } from './backend.ts'

/**
 * Reads a range of a source. Throws kind `rejected` if that fails: without this, the file system's error codes would
 * pass for those of the storage.
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
    throw new BackendError('rejected', `cannot read the content of \`${key}\`: ${messageOf(cause)}`, {
      cause,
    })
  }
  if (bytes.length !== end - start)
    throw changed(key, `it has ${bytes.length} bytes instead of ${end - start}`)
  return bytes
}

/** The error of a content that differs from what its source announced. */
export const changed = (key: string, how: string) =>
  new BackendError('rejected', `the content of \`${key}\` changed while it was read: ${how}`)

/** A source that holds its content in memory. */
export const sourceOf = (body: Uint8Array<ArrayBuffer>): Source => ({
  size: body.length,
  md5: createHash('md5').update(body).digest('hex'),
  read: async (start, end) => body.subarray(start, end),
})
