import { createHash } from 'node:crypto'
import { emptyResponse, objectResponse, xmlResponse } from './response.ts'
import { readBody, type Body } from './body.ts'
import { S3Error } from './error.ts'
import { listObjects } from './list.ts'
import { abortUpload, completeUpload, createUpload, uploadPart } from './multipart.ts'
import { publicKeysOf } from './policy.ts'
import {
  checkConditions,
  createBucket,
  getObject,
  headersToKeep,
  isPublicAcl,
  putObject,
  sameEtag,
  tagsOf,
  type Bucket,
} from './store.ts'
import { all, element, inner, required, text, wellFormed } from './xml.ts'

/** A parsed request. */
export interface Call {
  method: string
  bucket: string
  /** `undefined` for a request about the bucket. */
  key: string | undefined
  query: URLSearchParams
  headers: Headers
  raw: Buffer
}

type Buckets = Map<string, Bucket>
type Operation = (call: Call & { key: string; body: Body }, bucket: Bucket, buckets: Buckets) => Response

/** S3's name of the operation of a request. */
export function operationOf({ method, key, query, headers }: Omit<Call, 'raw'>): string {
  const has = (name: string) => query.has(name)
  if (key === undefined) {
    if (method === 'PUT')
      return has('policy')
        ? 'PutBucketPolicy'
        : has('acl')
          ? 'PutBucketAcl'
          : has('website')
            ? 'PutBucketWebsite'
            : 'CreateBucket'
    if (method === 'GET' && query.get('list-type') === '2') return 'ListObjectsV2'
    if (method === 'GET' && has('uploads')) return 'ListMultipartUploads'
    if (method === 'HEAD') return 'HeadBucket'
    if (method === 'POST' && has('delete')) return 'DeleteObjects'
    return method === 'DELETE' && query.size === 0 ? 'DeleteBucket' : 'Unknown'
  }
  if (method === 'PUT' && has('partNumber'))
    return headers.has('x-amz-copy-source') ? 'UploadPartCopy' : 'UploadPart'
  if (method === 'PUT' && has('acl')) return 'PutObjectAcl'
  if (method === 'PUT') return headers.has('x-amz-copy-source') ? 'CopyObject' : 'PutObject'
  if (method === 'POST' && has('uploads')) return 'CreateMultipartUpload'
  if (method === 'POST' && has('uploadId')) return 'CompleteMultipartUpload'
  if (method === 'DELETE') return has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject'
  if (method === 'GET' && has('tagging')) return 'GetObjectTagging'
  return method === 'GET' ? 'GetObject' : method === 'HEAD' ? 'HeadObject' : 'Unknown'
}

const operations: Record<string, Operation> = {
  HeadBucket: () => emptyResponse(200),

  DeleteBucket(call, bucket, buckets) {
    if (bucket.objects.size > 0) throw new S3Error('BucketNotEmpty')
    buckets.delete(call.bucket)
    return emptyResponse(204)
  },

  PutBucketPolicy(call, bucket) {
    bucket.publicKeys = publicKeysOf(call.body.bytes.toString(), call.bucket)
    return emptyResponse(204)
  },

  // Changes who may list or write. No test does that anonymously.
  PutBucketAcl: () => emptyResponse(200),

  PutBucketWebsite({ body }, bucket) {
    const xml = body.bytes.toString()
    bucket.website = { index: required(xml, 'Suffix'), error: text(xml, 'Key') }
    return emptyResponse(200)
  },

  ListObjectsV2: (call, bucket) => xmlResponse(listObjects(call.bucket, bucket, call.query)),

  ListMultipartUploads({ bucket: Bucket }, { uploads }) {
    const raw = [...uploads].map(([UploadId, { key: Key }]) => inner('Upload', { Key, UploadId }))
    return xmlResponse(
      element('ListMultipartUploadsResult', { Bucket, IsTruncated: false, Upload: { raw: raw.join('') } }),
    )
  },

  DeleteObjects({ headers, body }, bucket) {
    if (!headers.has('content-md5') && !body.checksum) {
      throw new S3Error(
        'InvalidRequest',
        'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
      )
    }
    const xml = wellFormed(body.bytes.toString())
    const objects = all(xml, 'Object').map((object) => ({
      Key: required(object, 'Key'),
      etag: text(object, 'ETag'),
    }))
    if (objects.length === 0 || objects.length > 1000)
      throw new S3Error('MalformedXML', 'The XML you provided was not well-formed')
    const quiet = text(xml, 'Quiet') === 'true'
    const raw = objects.map(({ Key, etag }) => {
      // Amazon does not say what it responds for a missing object: the strictest.
      if (etag !== undefined && !sameEtag(etag, bucket.objects.get(Key)?.etag ?? ''))
        return inner('Error', { Key, Code: 'PreconditionFailed', Message: 'Precondition Failed' })
      if (bucket.protectedKeys.has(Key))
        return inner('Error', { Key, Code: 'AccessDenied', Message: 'Access Denied' })
      bucket.objects.delete(Key)
      return quiet ? '' : inner('Deleted', { Key })
    })
    return xmlResponse(element('DeleteResult', { Deleted: { raw: raw.join('') } }))
  },

  PutObject({ key, headers, body }, bucket) {
    const { etag } = putObject(bucket, key, headers, body)
    return emptyResponse(200, {
      etag: `"${etag}"`,
      ...(body.checksum && { [body.checksum[0]]: body.checksum[1] }),
    })
  },

  PutObjectAcl({ key, headers }, bucket) {
    getObject(bucket, key).publicRead = isPublicAcl(headers)
    return emptyResponse(200)
  },

  CopyObject({ bucket: into, key, headers }, bucket, buckets) {
    const { source, from, fromKey } = copySource(headers, buckets)
    const replace = headers.get('x-amz-metadata-directive') === 'REPLACE'
    if (from === into && fromKey === key && !replace) {
      throw new S3Error(
        'InvalidRequest',
        'This copy request is illegal because it is trying to copy an object to itself',
      )
    }
    if (source.body.length > bucket.maxCopy) {
      throw new S3Error(
        'InvalidRequest',
        `The specified copy source is larger than the maximum allowable size for a copy source: ${bucket.maxCopy}`,
      )
    }
    if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError')
    checkConditions(bucket, key, headers)
    const copy = {
      ...source,
      // A copy has no parts, so its ETag is its MD5.
      etag: createHash('md5').update(source.body).digest('hex'),
      headers: replace ? headersToKeep(headers) : source.headers,
      modified: new Date(),
      publicRead: isPublicAcl(headers),
      tags: headers.get('x-amz-tagging-directive') === 'REPLACE' ? tagsOf(headers) : source.tags,
    }
    bucket.objects.set(key, copy)
    return xmlResponse(
      element('CopyObjectResult', { ETag: `"${copy.etag}"`, LastModified: copy.modified.toISOString() }),
    )
  },

  GetObjectTagging({ key }, bucket) {
    const raw = Object.entries(getObject(bucket, key).tags).map(([Key, Value]) =>
      inner('Tag', { Key, Value }),
    )
    return xmlResponse(element('Tagging', { TagSet: { raw: `<TagSet>${raw.join('')}</TagSet>` } }))
  },

  GetObject: (call, bucket) => objectResponse(bucket, call.key, call),
  HeadObject: (call, bucket) => objectResponse(bucket, call.key, call),

  DeleteObject({ key, headers }, bucket) {
    if (headers.has('if-match') && !bucket.objects.has(key)) throw new S3Error('PreconditionFailed')
    if (bucket.objects.has(key)) checkConditions(bucket, key, headers)
    if (bucket.protectedKeys.has(key)) throw new S3Error('AccessDenied', 'Access Denied')
    bucket.objects.delete(key)
    return emptyResponse(204)
  },

  CreateMultipartUpload: ({ bucket: Bucket, key, headers }, bucket) =>
    xmlResponse(
      element('InitiateMultipartUploadResult', {
        Bucket,
        Key: key,
        UploadId: createUpload(bucket, key, headers),
      }),
    ),

  UploadPart({ key, query, body }, bucket) {
    const etag = uploadPart(bucket, key, query, body)
    return emptyResponse(200, {
      etag: `"${etag}"`,
      ...(body.checksum && { [body.checksum[0]]: body.checksum[1] }),
    })
  },

  UploadPartCopy({ key, query, headers }, bucket, buckets) {
    const { source } = copySource(headers, buckets)
    const range = headers.get('x-amz-copy-source-range')
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(range ?? `bytes=0-${source.body.length - 1}`) ?? []
    if (end === undefined || Number(end) >= source.body.length)
      throw new S3Error('InvalidArgument', 'The x-amz-copy-source-range value is not valid')
    const bytes = source.body.subarray(Number(start), Number(end) + 1)
    if (bytes.length > bucket.maxCopy) throw new S3Error('InvalidRequest', 'The part is too large to copy')
    const md5 = createHash('md5').update(bytes).digest('hex')
    const etag = uploadPart(bucket, key, query, { bytes, md5, checksum: undefined })
    return xmlResponse(
      element('CopyPartResult', { ETag: `"${etag}"`, LastModified: new Date().toISOString() }),
    )
  },

  AbortMultipartUpload({ key, query }, bucket) {
    abortUpload(bucket, key, query)
    return emptyResponse(204)
  },

  CompleteMultipartUpload({ bucket: Bucket, key, query, headers, body }, bucket) {
    const { etag } = completeUpload(bucket, key, query, headers, body.bytes.toString())
    return xmlResponse(element('CompleteMultipartUploadResult', { Bucket, Key: key, ETag: `"${etag}"` }))
  },
}

/** Performs the operation of a request, without a check of permissions. */
export function perform(call: Call, buckets: Buckets): Response {
  const name = operationOf(call)
  const body = readBody(call.raw, call.headers)
  if (name === 'CreateBucket') {
    if (buckets.has(call.bucket)) throw new S3Error('BucketAlreadyOwnedByYou')
    buckets.set(call.bucket, createBucket())
    return emptyResponse(200, { location: `/${call.bucket}` })
  }
  const bucket = findBucket(buckets, call.bucket)
  if (bucket.requesterPays && call.headers.get('x-amz-request-payer') !== 'requester')
    throw new S3Error('AccessDenied', 'Access Denied')
  const operation = operations[name]
  if (!operation) throw new S3Error('NotImplemented', `${call.method} ${[...call.query.keys()].join('&')}`)
  return operation({ ...call, key: call.key ?? '', body }, bucket, buckets)
}

/** The object that a request copies, which must meet the request's condition. */
function copySource(headers: Headers, buckets: Buckets) {
  const match = /^\/?([^/]+)\/(.+)$/s.exec(decodeURIComponent(headers.get('x-amz-copy-source')!))
  if (!match) throw new S3Error('InvalidArgument', 'x-amz-copy-source')
  const [, from, fromKey] = match as unknown as [string, string, string]
  const source = getObject(findBucket(buckets, from), fromKey)
  if (!sameEtag(headers.get('x-amz-copy-source-if-match') ?? source.etag, source.etag))
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
  return { source, from, fromKey }
}

function findBucket(buckets: Buckets, name: string): Bucket {
  const bucket = buckets.get(name)
  if (!bucket) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', { BucketName: name })
  return bucket
}
