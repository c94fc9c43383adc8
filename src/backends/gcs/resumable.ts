import { createHash } from 'node:crypto'
import { BackendError, type Source } from '../backend.ts'
import { changed, readRange } from '../source.ts'
import type { Client } from './client.ts'
import { isNoSuchUpload } from './failure.ts'
import type { Uploaded } from './object.ts'
import { jsonOf } from './request.ts'

/** Larger bodies go in parts of this size, of which one at a time is in memory. The storage wants multiples of 256 KiB. */
export const partSize = 8 * 1024 * 1024

/** Stores a large object in parts; it appears whole when the last has arrived, or never. */
export async function putInParts(
  call: Client['call'],
  path: string,
  query: Record<string, string | undefined>,
  metadata: { name: string },
  source: Source,
): Promise<Uploaded> {
  const begun = await call({
    method: 'POST',
    path,
    query: { ...query, uploadType: 'resumable' },
    headers: { 'content-type': 'application/json', 'x-upload-content-length': String(source.size) },
    body: JSON.stringify(metadata),
  })
  const address = begun.headers.location
  if (!address) throw new Error('it does not say where to upload to')
  try {
    return await sendParts(call, address, metadata.name, source)
  } catch (error) {
    // It would be kept for a week; if it cannot be removed either, the first failure is the one to tell.
    await call({ method: 'DELETE', path: address, accept: [499] }).catch(() => {})
    if (!isNoSuchUpload(error)) throw error
    throw new BackendError('unavailable', `cannot write \`${metadata.name}\`: the upload is gone`, {
      cause: error,
    })
  }
}

async function sendParts(
  call: Client['call'],
  address: string,
  key: string,
  source: Source,
): Promise<Uploaded> {
  const whole = createHash('md5')
  let start = 0
  for (;;) {
    const end = Math.min(start + partSize, source.size)
    const bytes = await readRange(source, key, start, end)
    whole.update(bytes)
    if (end === source.size && whole.digest('hex') !== source.md5)
      throw changed(key, 'has another MD5 than announced')
    const answer = await call({
      method: 'PUT',
      path: address,
      headers: { 'content-range': `bytes ${start}-${end - 1}/${source.size}` },
      body: bytes,
      accept: [308],
    })
    if (answer.status !== 308) return jsonOf<Uploaded>(answer)
    // What it kept may be less than what was sent; then all is sent again by whoever tries again.
    if (answer.headers.range !== `bytes=0-${end - 1}`)
      throw new BackendError('unavailable', `cannot write \`${key}\`: a part arrived only in part`)
    start = end
  }
}
