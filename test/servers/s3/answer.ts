import { element } from './xml.ts'
import { getObject, type Bucket, type StoredObject } from './store.ts'

/** An XML document as an answer. */
export const xmlAnswer = (document: string, status = 200) =>
  new Response(document, { status, headers: { 'content-type': 'application/xml' } })

/** An answer without a body. */
export const emptyAnswer = (status: number, headers: Record<string, string> = {}) =>
  new Response(null, { status, headers: status === 204 ? headers : { 'content-length': '0', ...headers } })

/** What a GET or HEAD of an object answers. */
export function objectAnswer(
  bucket: Bucket,
  key: string,
  request: { method: string; headers: Headers },
): Response {
  const object = getObject(bucket, key)
  const headers = new Headers(headersOf(object))
  if (object.checksum && request.headers.get('x-amz-checksum-mode') === 'ENABLED')
    headers.set(...object.checksum)
  return new Response(request.method === 'HEAD' ? null : new Uint8Array(object.body), { headers })
}

/** Everything a reader is told about an object. */
export const headersOf = ({ headers, etag, modified, body }: StoredObject): Record<string, string> => ({
  ...headers,
  etag: `"${etag}"`,
  'last-modified': modified.toUTCString(),
  'content-length': String(body.length),
  'accept-ranges': 'bytes',
})

/** The document that tells of an error. */
export const errorDocument = (
  code: string,
  message: string,
  resource: string,
  details: Record<string, string> = {},
) => element('Error', { Code: code, Message: message, Resource: resource, ...details, RequestId: 'TEST' })
