import { headersOf } from './answer.ts'
import { isPublic, type Bucket, type StoredObject } from './store.ts'

/** What the website address of a bucket answers: index documents, redirects, the error document. */
export function websiteAnswer(bucket: Bucket, path: string, method: string): Response {
  const { index, error } = bucket.website ?? { index: 'index.html', error: undefined }
  const asked = decodeURIComponent(path.slice(1))
  const key = asked === '' || asked.endsWith('/') ? asked + index : asked
  const object = bucket.objects.get(key)
  if (object) {
    if (!isPublic(bucket, key)) return failed(403, 'AccessDenied')
    const location = object.headers['x-amz-website-redirect-location']
    if (location !== undefined)
      return new Response(null, { status: 301, headers: { location, 'content-length': '0' } })
    return answer(object, 200, method)
  }
  if (key === asked && bucket.objects.has(`${asked}/${index}`)) {
    return new Response(null, { status: 302, headers: { location: `${path}/`, 'content-length': '0' } })
  }
  const page = error === undefined ? undefined : bucket.objects.get(error)
  return page && isPublic(bucket, error!) ? answer(page, 404, method) : failed(404, 'NoSuchKey')
}

function answer(object: StoredObject, status: number, method: string): Response {
  return new Response(method === 'HEAD' ? null : new Uint8Array(object.body), {
    status,
    headers: headersOf(object),
  })
}

const failed = (status: number, code: string) =>
  new Response(`<html><head><title>${status}</title></head><body><h1>${code}</h1></body></html>\n`, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  })
