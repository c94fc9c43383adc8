import { gunzipSync } from 'node:zlib'
import type { StoredObject } from './store.ts'

/** The response to a download. */
export function mediaResponse(object: StoredObject, request: { method: string; headers: Headers }): Response {
  const headers = new Headers(headersOf(object))
  let body = object.body
  const accepts = request.headers.get('accept-encoding') ?? ''
  const encoding = object.settings.contentEncoding
  if (
    encoding === 'gzip' &&
    !accepts.includes('gzip') &&
    !/no-transform/.test(headers.get('cache-control')!)
  ) {
    // Decompressed for a client that does not accept gzip. The digests stay those of the stored content.
    body = gunzipSync(body)
    headers.delete('content-encoding')
    headers.set('content-length', String(body.length))
  }
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '')
  if (!range) return new Response(request.method === 'HEAD' ? null : new Uint8Array(body), { headers })
  const part = body.subarray(Number(range[1]), range[2] ? Number(range[2]) + 1 : undefined)
  headers.set('content-range', `bytes ${range[1]}-${Number(range[1]) + part.length - 1}/${body.length}`)
  headers.set('content-length', String(part.length))
  return new Response(new Uint8Array(part), { status: 206, headers })
}

/** The headers of a download. */
export function headersOf(object: StoredObject): Record<string, string> {
  const { contentType, cacheControl, contentLanguage, contentDisposition, contentEncoding } =
    object.settings as Partial<Record<string, string>>
  return {
    'content-type': contentType ?? 'application/octet-stream',
    'cache-control': cacheControl ?? 'public, max-age=3600',
    ...(contentLanguage !== undefined && { 'content-language': contentLanguage }),
    ...(contentDisposition !== undefined && { 'content-disposition': contentDisposition }),
    ...(contentEncoding !== undefined && { 'content-encoding': contentEncoding }),
    etag: `"${Buffer.from(object.md5Hash, 'base64').toString('hex')}"`,
    'last-modified': object.updated.toUTCString(),
    'content-length': String(object.body.length),
    'accept-ranges': 'bytes',
    ...Object.fromEntries(
      Object.entries(object.settings.metadata ?? {}).map(([name, value]) => [
        `x-goog-meta-${name}`,
        String(value),
      ]),
    ),
    'x-goog-generation': String(object.generation),
    'x-goog-metageneration': String(object.metageneration),
    'x-goog-hash': `crc32c=${object.crc32c},md5=${object.md5Hash}`,
    'x-goog-stored-content-encoding': contentEncoding ?? 'identity',
    'x-goog-stored-content-length': String(object.body.length),
  }
}
