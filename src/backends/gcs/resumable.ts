import { createHash } from 'node:crypto'
import { BackendError, type Retry, type Source } from '../backend.ts'
import { partSize } from '../parts.ts'
import { changed, readRange } from '../source.ts'
import type { Client } from './client.ts'
import type { Metadata, Uploaded } from './object.ts'
import { jsonOf, type HttpResponse } from './response.ts'

/** Stores a large object by a resumable upload. Readers see the object when the last part has arrived. */
export async function uploadResumable(
  call: Client['call'],
  path: string,
  query: Record<string, string | undefined>,
  metadata: Metadata,
  source: Source,
  retry: Retry,
): Promise<Uploaded> {
  const begun = await retry(() =>
    call({
      method: 'POST',
      path,
      query: { ...query, uploadType: 'resumable' },
      headers: { 'content-type': 'application/json', 'x-upload-content-length': String(source.size) },
      body: JSON.stringify(metadata),
    }),
  )
  const url = begun.headers.location
  if (!url) throw new Error('the response has no `Location` to upload to')
  try {
    return await sendParts(call, url, metadata.name, source, retry)
  } catch (error) {
    // The storage keeps an upload for a week. If cancelling fails too, the first error is the one to report.
    await call({ method: 'DELETE', path: url, accept: [499] }).catch(() => {})
    throw error
  }
}

/**
 * Sends parts of `partSize`, a multiple of 256 KiB as the storage requires, each behind what the storage has. It may
 * keep less than a part; after a failure, it is asked how much it has. One part at a time is in memory.
 */
async function sendParts(
  call: Client['call'],
  url: string,
  key: string,
  source: Source,
  retry: Retry,
): Promise<Uploaded> {
  const { size } = source
  const md5 = createHash('md5')
  /** How many bytes were read and hashed. */
  let hashed = 0
  /** How many bytes the storage has, as far as it said. */
  let kept = 0
  /** The last request failed: the storage may have more than that, and is asked. */
  let uncertain = false
  /** The response that ends the upload. */
  let last = undefined as HttpResponse | undefined

  async function read(): Promise<{ range: string; body: Uint8Array<ArrayBuffer> }> {
    const end = Math.min(kept + partSize, size)
    const body = await readRange(source, key, kept, end)
    if (end > hashed) {
      md5.update(body.subarray(hashed - kept))
      hashed = end
      if (end === size && md5.digest('hex') !== source.md5) throw changed(key, 'its MD5 differs')
    }
    return { range: `${kept}-${end - 1}`, body }
  }
  async function send({ range, body }: { range: string; body?: Uint8Array }, signal?: AbortSignal) {
    uncertain = true
    const headers = { 'content-range': `bytes ${range}/${size}` }
    const response = await call({ method: 'PUT', path: url, headers, body, accept: [308, 404, 410], signal })
    uncertain = false
    if (response.status === 308) kept = Math.min(keptOf(response), hashed)
    else last = response
  }

  while (!last) {
    await retry(async (signal) => {
      const before = kept
      if (uncertain) await retry((signal) => send({ range: '*' }, signal))
      if (last) return
      await send(await read(), signal)
      if (!last && kept <= before)
        throw new BackendError('unavailable', `cannot write \`${key}\`: the storage kept nothing of a part`)
    })
  }
  if (last.status < 300) return jsonOf<Uploaded>(last)
  // The storage forgets an upload after a week, or after an internal fault. Another attempt begins anew.
  throw new BackendError('unavailable', `cannot write \`${key}\`: the upload is gone`)
}

/** How many bytes a response says that the storage has; without a range, it has none. */
const keptOf = ({ headers }: HttpResponse): number =>
  Number(/^bytes=0-(\d+)$/.exec(headers.range ?? '')?.[1] ?? -1) + 1
