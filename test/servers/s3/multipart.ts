import { createHash, randomUUID } from 'node:crypto'
import type { Body } from './body.ts'
import { S3Error } from './error.ts'
import {
  checkConditions,
  headersToKeep,
  isPublicAcl,
  tagsOf,
  type Bucket,
  type StoredObject,
  type Upload,
} from './store.ts'
import { all, required } from './xml.ts'

const smallestPart = 5 * 1024 * 1024

export function createUpload(bucket: Bucket, key: string, headers: Headers): string {
  const id = randomUUID()
  bucket.uploads.set(id, {
    key,
    headers: headersToKeep(headers),
    publicRead: isPublicAcl(headers),
    tags: tagsOf(headers),
    parts: new Map(),
  })
  return id
}

export function uploadPart(
  bucket: Bucket,
  key: string,
  query: URLSearchParams,
  { bytes, md5 }: Body,
): string {
  const number = Number(query.get('partNumber'))
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw new S3Error('InvalidArgument', 'partNumber')
  findUpload(bucket, key, query).parts.set(number, { body: bytes, etag: md5 })
  return md5
}

export function abortUpload(bucket: Bucket, key: string, query: URLSearchParams): void {
  findUpload(bucket, key, query)
  bucket.uploads.delete(query.get('uploadId')!)
}

/** Puts the object together from the parts that the document names. */
export function completeUpload(
  bucket: Bucket,
  key: string,
  query: URLSearchParams,
  headers: Headers,
  xml: string,
): StoredObject {
  const upload = findUpload(bucket, key, query)
  const named = all(xml, 'Part').map((part) => ({
    number: Number(required(part, 'PartNumber')),
    etag: required(part, 'ETag').replaceAll('"', ''),
  }))
  if (named.length === 0) throw new S3Error('MalformedXML', 'no parts')
  const parts = named.map(({ number, etag }, i) => {
    if (i > 0 && number <= named[i - 1]!.number) throw new S3Error('InvalidPartOrder')
    const part = upload.parts.get(number)
    if (!part || part.etag !== etag) throw new S3Error('InvalidPart', `part ${number}`)
    if (i < named.length - 1 && part.body.length < smallestPart) throw new S3Error('EntityTooSmall')
    return part
  })
  checkConditions(bucket, key, headers)
  const md5s = createHash('md5')
  for (const { etag } of parts) md5s.update(etag, 'hex')
  const object: StoredObject = {
    body: Buffer.concat(parts.map((part) => part.body)),
    etag: `${md5s.digest('hex')}-${parts.length}`,
    modified: new Date(),
    headers: upload.headers,
    publicRead: upload.publicRead,
    tags: upload.tags,
    checksum: undefined,
  }
  bucket.objects.set(key, object)
  bucket.uploads.delete(query.get('uploadId')!)
  return object
}

function findUpload(bucket: Bucket, key: string, query: URLSearchParams): Upload {
  const upload = bucket.uploads.get(query.get('uploadId') ?? '')
  if (!upload || upload.key !== key)
    throw new S3Error('NoSuchUpload', 'The specified multipart upload does not exist.')
  return upload
}
