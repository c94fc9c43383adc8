import { S3Error } from './error.ts'
import type { Body } from './body.ts'
import type { PublicKeys } from './policy.ts'

export interface StoredObject {
  body: Buffer
  /** Without quotes. */
  etag: string
  modified: Date
  /** The headers of its response, by lower-case name. */
  headers: Record<string, string>
  publicRead: boolean
  tags: Record<string, string>
  checksum: [name: string, value: string] | undefined
}

export interface Upload {
  key: string
  headers: Record<string, string>
  publicRead: boolean
  tags: Record<string, string>
  parts: Map<number, { body: Buffer; etag: string }>
}

export interface Bucket {
  objects: Map<string, StoredObject>
  /** Neither completed nor aborted yet. */
  uploads: Map<string, Upload>
  /** The keys that cannot be deleted. */
  protectedKeys: Set<string>
  /** The keys that everybody may read by the bucket's policy. */
  publicKeys: PublicKeys[]
  website: { index: string; error: string | undefined } | undefined
  /** Whether whoever makes a request has to agree to pay for it. */
  requesterPays: boolean
  /** As in Ceph with versioning: `If-None-Match` is ignored, and every `If-Match` is refused. */
  conditionsFail: boolean
  /** The most bytes that one request copies. */
  maxCopy: number
}

export const createBucket = (): Bucket => ({
  objects: new Map(),
  uploads: new Map(),
  protectedKeys: new Set(),
  publicKeys: [],
  website: undefined,
  requesterPays: false,
  conditionsFail: false,
  maxCopy: 5 * 1024 ** 3,
})

const kept =
  /^(content-type|cache-control|content-disposition|content-encoding|content-language|expires|x-amz-meta-.*|x-amz-website-redirect-location|x-amz-storage-class|x-amz-server-side-encryption|x-amz-server-side-encryption-aws-kms-key-id)$/
const storageClasses = [
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
]

/** The headers of a request that stay with the object. */
export function headersToKeep(headers: Headers): Record<string, string> {
  const found: Record<string, string> = { 'content-type': 'binary/octet-stream' }
  for (const [name, value] of headers) if (kept.test(name)) found[name] = value
  // `aws-chunked` is the framing of the request and no property of the object.
  const encoding = (found['content-encoding'] ?? '').replace(/,?\s*aws-chunked/, '')
  if (encoding) found['content-encoding'] = encoding
  else delete found['content-encoding']
  const storageClass = found['x-amz-storage-class']
  if (storageClass === 'STANDARD') delete found['x-amz-storage-class']
  else if (storageClass && !storageClasses.includes(storageClass)) throw new S3Error('InvalidStorageClass')
  const encryption = found['x-amz-server-side-encryption']
  if (encryption !== undefined && !['AES256', 'aws:kms', 'aws:kms:dsse'].includes(encryption))
    throw new S3Error('InvalidArgument', 'The encryption method specified is not supported')
  if (found['x-amz-server-side-encryption-aws-kms-key-id'] && !encryption?.startsWith('aws:kms'))
    throw new S3Error('InvalidArgument', 'The server side encryption specified must be aws:kms.')
  const redirect = found['x-amz-website-redirect-location']
  if (redirect !== undefined && !/^(\/|https?:\/\/)/.test(redirect)) {
    throw new S3Error(
      'InvalidArgument',
      'The website redirect location must have a prefix of http:// or https:// or /.',
    )
  }
  return found
}

/** The tags of a request: `a=1&b=2`. */
export function tagsOf(headers: Headers): Record<string, string> {
  const tags = Object.fromEntries(new URLSearchParams(headers.get('x-amz-tagging') ?? ''))
  if (Object.keys(tags).length > 10) throw new S3Error('BadRequest', 'Object tags cannot be greater than 10')
  return tags
}

export const isPublicAcl = (headers: Headers): boolean =>
  headers.get('x-amz-acl')?.startsWith('public-read') === true

/** Whether an ETag of a request, with quotes or without, is that of an object. */
export const sameEtag = (sent: string, etag: string): boolean => sent.replaceAll('"', '') === etag

/** Throws if `If-Match` or `If-None-Match` does not hold. */
export function checkConditions(bucket: Bucket, key: string, headers: Headers): void {
  if (bucket.conditionsFail) {
    if (headers.has('if-match')) throw new S3Error('PreconditionFailed', 'If-Match')
    return
  }
  const stored = bucket.objects.get(key)
  const none = headers.get('if-none-match')
  if (none !== null) {
    if (none !== '*') throw new S3Error('NotImplemented', 'If-None-Match of an ETag')
    if (stored)
      throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
  }
  const match = headers.get('if-match')
  if (match !== null) {
    if (!stored) throw new S3Error('NoSuchKey', 'The specified key does not exist.')
    if (!sameEtag(match, stored.etag)) {
      throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
    }
  }
}

/** Stores an object. Synchronous, so that no other write comes between the conditions and this one. */
export function putObject(
  bucket: Bucket,
  key: string,
  headers: Headers,
  { bytes, md5, checksum }: Body,
): StoredObject {
  if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError')
  checkConditions(bucket, key, headers)
  const object: StoredObject = {
    body: bytes,
    etag: md5,
    modified: new Date(),
    headers: headersToKeep(headers),
    publicRead: isPublicAcl(headers),
    tags: tagsOf(headers),
    checksum,
  }
  bucket.objects.set(key, object)
  return object
}

export function getObject(bucket: Bucket, key: string): StoredObject {
  const object = bucket.objects.get(key)
  if (!object) throw new S3Error('NoSuchKey', 'The specified key does not exist.', { Key: key })
  return object
}

/** Whether everybody may read the object. */
export const isPublic = (bucket: Bucket, key: string): boolean =>
  bucket.objects.get(key)?.publicRead === true ||
  bucket.publicKeys.some(
    ({ prefixes, except }) =>
      prefixes.some((prefix) => key.startsWith(prefix)) && !except.some((pattern) => pattern.test(key)),
  )
