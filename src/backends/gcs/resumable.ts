import { createHash } from 'node:crypto'
import { BackendError, type Source } from '../backend.ts'
import { partSize } from '../parts.ts'
import { changed, readRange } from '../source.ts'
import type { Client } from './client.ts'
import { isNoSuchUpload } from './failure.ts'
import type { Metadata, Uploaded } from './object.ts'
import { jsonOf } from './response.ts'

/** Stores a large object by a resumable upload. Readers see the object when the last part has arrived. */
export async function uploadResumable(
  call: Client['call'],
  path: string,
  query: Record<string, string | undefined>,
  metadata: Metadata,
  source: Source,
): Promise<Uploaded> {
  const begun = await call({
    method: 'POST',
    path,
    query: { ...query, uploadType: 'resumable' },
    headers: { 'content-type': 'application/json', 'x-upload-content-length': String(source.size) },
    body: JSON.stringify(metadata),
  })
  const url = begun.headers.location
  if (!url) throw new Error('the response has no `Location` to upload to')
  try {
    return await sendParts(call, url, metadata.name, source)
  } catch (error) {
    // The storage keeps an upload for a week. If cancelling fails too, the first error is the one to report.
    await call({ method: 'DELETE', path: url, accept: [499] }).catch(() => {})
    if (!isNoSuchUpload(error)) throw error
    throw new BackendError('unavailable', `cannot write \`${metadata.name}\`: the upload is gone`, {
      cause: error,
    })
  }
}

/** Sends parts of `partSize`, a multiple of 256 KiB as the storage requires. One part at a time is in memory. */
async function sendParts(call: Client['call'], url: string, key: string, source: Source): Promise<Uploaded> {
  const md5 = createHash('md5')
  let start = 0
  for (;;) {
    const end = Math.min(start + partSize, source.size)
    const bytes = await readRange(source, key, start, end)
    md5.update(bytes)
    if (end === source.size && md5.digest('hex') !== source.md5) throw changed(key, 'its MD5 differs')
    const response = await call({
      method: 'PUT',
      path: url,
      headers: { 'content-range': `bytes ${start}-${end - 1}/${source.size}` },
      body: bytes,
      accept: [308],
    })
    if (response.status !== 308) return jsonOf<Uploaded>(response)
    // The storage may keep less than a whole part. The caller's next attempt uploads everything again.
    if (response.headers.range !== `bytes=0-${end - 1}`)
      throw new BackendError('unavailable', `cannot write \`${key}\`: the storage kept a part incompletely`)
    start = end
  }
}
