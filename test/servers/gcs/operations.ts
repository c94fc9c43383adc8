import { randomUUID } from 'node:crypto'
import { GcsError } from './error.ts'
import { listObjects } from './list.ts'
import { mediaResponse } from './media.ts'
import { parseMetadata, readRelated } from './multipart.ts'
import { jsonResponse, resource } from './resource.ts'
import { beginUpload, continueUpload } from './resumable.ts'
import { createBucket, getObject, patchObject, putObject, type Bucket, type StoredObject } from './store.ts'

/** A parsed request. */
export interface Call {
  method: string
  /** The API's first path segment, `storage`, `upload` or `download`; `undefined` for `/bucket/object`. */
  api: string | undefined
  /** Empty for a request without a bucket. */
  bucket: string
  /** `undefined` for a request about the bucket. */
  key: string | undefined
  /** The path segments after the object: `acl`, `rewriteTo`, … */
  below: string[]
  query: URLSearchParams
  headers: Headers
  raw: Buffer
  /** The server's origin. */
  origin: string
}

export type Buckets = Map<string, Bucket>
type Operation = (call: Call & { key: string }, bucket: Bucket, buckets: Buckets) => Response

/** The JSON API's name of the operation of a request. */
export function operationOf({ method, api, bucket, key, below, query }: Omit<Call, 'raw'>): string {
  if (api === undefined) return key === undefined ? 'unknown' : 'read'
  if (api === 'token') return 'token'
  if (api === 'upload')
    return method === 'PUT' ? 'upload.continue' : method === 'DELETE' ? 'upload.cancel' : 'objects.insert'
  if (bucket === '') return method === 'POST' ? 'buckets.insert' : 'unknown'
  if (key === undefined) {
    if (below[0] === 'o') return 'objects.list'
    if (below[0] === 'acl' || below[0] === 'iam') return 'unknown'
    return { GET: 'buckets.get', DELETE: 'buckets.delete', PATCH: 'buckets.patch' }[method] ?? 'unknown'
  }
  if (below[0] === 'rewriteTo' || below[0] === 'copyTo') return 'objects.rewrite'
  if (below[0] === 'acl' && method === 'POST') return 'objectAccessControls.insert'
  if (below.length > 0) return 'unknown'
  if (method === 'GET') return query.get('alt') === 'media' ? 'objects.get media' : 'objects.get'
  return { PATCH: 'objects.patch', DELETE: 'objects.delete' }[method] ?? 'unknown'
}

const readers = ['read', 'objects.get media', 'objects.get']

/** Whether an operation only reads an object. */
export const isReading = (operation: string): boolean => readers.includes(operation)

const operations: Record<string, Operation> = {
  'buckets.get': ({ bucket: name, query }) => jsonResponse({ kind: 'storage#bucket', id: name, name }, query),

  'buckets.patch'({ bucket: name, raw, query }, bucket) {
    const { website } = parseMetadata(raw) as {
      website?: { mainPageSuffix?: string; notFoundPage?: string }
    }
    if (website)
      bucket.website = { index: website.mainPageSuffix ?? 'index.html', error: website.notFoundPage }
    return jsonResponse({ kind: 'storage#bucket', id: name, name }, query)
  },

  'buckets.delete'({ bucket: name }, bucket, buckets) {
    if (bucket.objects.size > 0)
      throw new GcsError('conflict', 'The bucket you tried to delete is not empty.')
    buckets.delete(name)
    return new Response(null, { status: 204 })
  },

  'objects.list': ({ bucket: name, query }, bucket) => jsonResponse(listObjects(name, bucket, query), query),

  'objects.insert'(call, bucket) {
    const { query, headers, raw } = call
    const publicRead = query.get('predefinedAcl') === 'publicRead'
    const type = headers.get('content-type') ?? ''
    switch (query.get('uploadType')) {
      case 'resumable': {
        const metadata = parseMetadata(raw)
        const name = nameOf(query, metadata)
        const contentType = headers.get('x-upload-content-type')
        const id = beginUpload(bucket, {
          name,
          metadata: contentType === null ? metadata : { contentType, ...metadata },
          query,
          publicRead,
        })
        const location = new URL(`/upload/storage/v1/b/${encodeURIComponent(call.bucket)}/o`, call.origin)
        location.search = String(new URLSearchParams({ uploadType: 'resumable', name, upload_id: id }))
        return new Response(null, { headers: { location: location.href, 'x-guploader-uploadid': id } })
      }
      case 'multipart': {
        const { metadata, content, contentType } = readRelated(raw, type)
        const name = nameOf(query, metadata)
        const object = putObject(bucket, name, content, { contentType, ...metadata }, query, publicRead)
        return objectResponse(call, name, object)
      }
      case 'media': {
        const name = nameOf(query, {})
        const object = putObject(bucket, name, raw, { contentType: type || undefined }, query, publicRead)
        return objectResponse(call, name, object)
      }
      default:
        throw new GcsError('wrongUrlForUpload', 'Upload requests must use the upload URL.')
    }
  },

  'upload.continue'(call, bucket) {
    const id = call.query.get('upload_id') ?? ''
    const { name = '', query = call.query } = bucket.uploads.get(id) ?? bucket.uploaded.get(id) ?? {}
    const done = continueUpload(bucket, id, call.headers.get('content-range'), call.raw)
    if (typeof done !== 'number') return objectResponse({ ...call, query }, name, done)
    return new Response(null, {
      status: 308,
      headers: { 'content-length': '0', ...(done > 0 && { range: `bytes=0-${done - 1}` }) },
    })
  },

  'upload.cancel'({ query }, bucket) {
    if (!bucket.uploads.delete(query.get('upload_id') ?? ''))
      throw new GcsError('notFound', 'Upload session not found')
    return new Response(null, { status: 499, headers: { 'content-length': '0' } })
  },

  'objects.get': (call, bucket) =>
    objectResponse(call, call.key, getObject(bucket, call.bucket, call.key, call.query)),
  'objects.get media': (call, bucket) =>
    mediaResponse(getObject(bucket, call.bucket, call.key, call.query), call),
  read: (call, bucket) => mediaResponse(getObject(bucket, call.bucket, call.key, call.query), call),

  'objects.patch'(call, bucket) {
    const object = getObject(bucket, call.bucket, call.key, call.query)
    patchObject(object, parseMetadata(call.raw))
    return objectResponse(call, call.key, object)
  },

  'objects.delete'({ bucket: name, key, query }, bucket) {
    getObject(bucket, name, key, query)
    if (bucket.protectedNames.has(key))
      throw new GcsError(
        'forbidden',
        `Object '${name}/${key}' is under active Temporary hold and cannot be deleted.`,
      )
    bucket.objects.delete(key)
    return new Response(null, { status: 204 })
  },

  'objects.rewrite'(call, bucket, buckets) {
    const { bucket: name, key, below, query, raw } = call
    const [kind, , intoName, , intoKey] = below
    const source = getObject(bucket, name, key, sourceConditions(query))
    const changes = parseMetadata(raw)
    const metadata = Object.keys(changes).length > 0 ? changes : source.settings
    const into = findBucket(buckets, intoName!)
    const objectSize = source.body.length
    const rewritten = kind === 'copyTo' ? objectSize : advance(into, call, source)
    if (rewritten < objectSize) {
      const rewriteToken = randomUUID()
      into.rewrites.set(rewriteToken, {
        request: `${name}/${key} ${intoName}/${intoKey} ${raw.toString()}`,
        generation: source.generation,
        done: rewritten,
      })
      return jsonResponse(
        {
          kind: 'storage#rewriteResponse',
          totalBytesRewritten: String(rewritten),
          objectSize: String(objectSize),
          done: false,
          rewriteToken,
        },
        query,
      )
    }
    const object = putObject(into, intoKey!, source.body, metadata, query, false)
    const copied = resource(intoName!, intoKey!, object)
    if (kind === 'copyTo') return jsonResponse(copied, query)
    return jsonResponse(
      {
        kind: 'storage#rewriteResponse',
        totalBytesRewritten: String(objectSize),
        objectSize: String(objectSize),
        done: true,
        resource: copied,
      },
      query,
    )
  },

  'objectAccessControls.insert'(call, bucket) {
    const object = getObject(bucket, call.bucket, call.key, new URLSearchParams())
    const { entity, role } = parseMetadata(call.raw)
    if (entity === 'allUsers' && role === 'READER') object.publicRead = true
    return jsonResponse({ kind: 'storage#objectAccessControl', entity, role }, call.query)
  },
}

/** Performs the operation of a request. */
export function perform(call: Call, buckets: Buckets): Response {
  const operation = operationOf(call)
  if (operation === 'buckets.insert') {
    const name = String(parseMetadata(call.raw).name)
    if (buckets.has(name))
      throw new GcsError(
        'conflict',
        'Your previous request to create the named bucket succeeded and you already own it.',
      )
    buckets.set(name, createBucket())
    return jsonResponse({ kind: 'storage#bucket', id: name, name }, call.query)
  }
  const perform = operations[operation]
  if (!perform) throw new GcsError('notImplemented', 'Not Implemented')
  return perform({ ...call, key: call.key ?? '' }, findBucket(buckets, call.bucket), buckets)
}

const objectResponse = ({ bucket, query }: Call, name: string, object: StoredObject) =>
  jsonResponse(resource(bucket, name, object), query)

const nameOf = (query: URLSearchParams, metadata: Record<string, unknown>) =>
  query.get('name') ?? String(metadata.name ?? '')

/** Copies on where the token of a request says, as far as one request does. Returns how many bytes are copied. */
function advance(
  into: Bucket,
  { bucket, key, below, query, raw }: Call & { key: string },
  { generation }: StoredObject,
): number {
  const token = query.get('rewriteToken')
  if (token === null) return into.maxRewrite
  const rewrite = into.rewrites.get(token)
  const request = `${bucket}/${key} ${below[2]}/${below[4]} ${raw.toString()}`
  if (!rewrite || rewrite.request !== request || rewrite.generation !== generation)
    throw new GcsError('invalid', 'Invalid rewrite token')
  return rewrite.done + into.maxRewrite
}

/** The conditions on the source of a copy, as those on an object. */
function sourceConditions(query: URLSearchParams): URLSearchParams {
  const found = new URLSearchParams()
  for (const [name, value] of query)
    if (name.startsWith('ifSource')) found.set(name.replace('ifSource', 'if'), value)
  return found
}

function findBucket(buckets: Buckets, name: string): Bucket {
  const bucket = buckets.get(name)
  if (!bucket) throw new GcsError('notFound', 'The specified bucket does not exist.')
  return bucket
}
