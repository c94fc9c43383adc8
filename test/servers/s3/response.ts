import { element } from './xml.ts'
import { getObject, type Bucket, type StoredObject } from './store.ts'

/** A response with an XML document. */
export const xmlResponse = (document: string, status = 200) =>
  new Response(document, { status, headers: { 'content-type': 'application/xml' } })

/** A response without a body. */
export const emptyResponse = (status: number, headers: Record<string, string> = {}) =>
  new Response(null, { status, headers: status === 204 ? headers : { 'content-length': '0', ...headers } })

/** The response to a GET or HEAD of an object. */
export function objectResponse(
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

/** The headers of an object's response. */
export const headersOf = ({ headers, etag, modified, body }: StoredObject): Record<string, string> => ({
  ...headers,
  etag: `"${etag}"`,
  'last-modified': modified.toUTCString(),
  'content-length': String(body.length),
  'accept-ranges': 'bytes',
})

/** The XML document of an error. */
export const errorDocument = (
  code: string,
  message: string,
  resource: string,
  details: Record<string, string> = {},
) => element('Error', { Code: code, Message: message, Resource: resource, ...details, RequestId: 'TEST' })
