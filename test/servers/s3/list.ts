import type { Bucket } from './store.ts'
import { element, inner } from './xml.ts'
import { S3Error } from './error.ts'

const pageSize = 1000

/** The response to ListObjectsV2. */
export function listObjects(name: string, bucket: Bucket, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const startAfter = query.get('start-after') ?? ''
  const token = query.get('continuation-token')
  const max = Math.min(Number(query.get('max-keys') ?? pageSize), pageSize)
  if (!Number.isInteger(max) || max < 0) throw new S3Error('InvalidArgument', 'max-keys')
  const encode = query.get('encoding-type') === 'url' ? urlEncode : String

  const after = token === null ? startAfter : fromToken(token)
  const found: string[] = []
  let previous: string | undefined
  for (const key of [...bucket.objects.keys()].sort(byBytes)) {
    if (!key.startsWith(prefix)) continue
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1
    const entry = end < 0 ? key : key.slice(0, end + delimiter.length)
    if (entry === previous || byBytes(entry, after) <= 0) continue
    found.push((previous = entry))
    if (found.length > max) break
  }
  const page = found.slice(0, max)
  const truncated = found.length > page.length && max > 0
  const isObject = (entry: string) =>
    bucket.objects.has(entry) && !(delimiter && entry.slice(prefix.length).includes(delimiter))

  return element('ListBucketResult', {
    Name: name,
    Prefix: encode(prefix),
    Delimiter: delimiter ? encode(delimiter) : undefined,
    StartAfter: startAfter ? encode(startAfter) : undefined,
    EncodingType: query.get('encoding-type') ?? undefined,
    KeyCount: page.length,
    MaxKeys: max,
    IsTruncated: truncated,
    ContinuationToken: token ?? undefined,
    NextContinuationToken: truncated ? toToken(page.at(-1)!) : undefined,
    Contents: {
      raw: page
        .filter(isObject)
        .map((key) => contents(bucket, key, encode))
        .join(''),
    },
    CommonPrefixes: {
      raw: page
        .filter((entry) => !isObject(entry))
        .map((entry) => inner('CommonPrefixes', { Prefix: encode(entry) }))
        .join(''),
    },
  })
}

function contents(bucket: Bucket, key: string, encode: (key: string) => string): string {
  const { etag, modified, body, headers } = bucket.objects.get(key)!
  return inner('Contents', {
    Key: encode(key),
    LastModified: modified.toISOString(),
    ETag: `"${etag}"`,
    Size: body.length,
    StorageClass: headers['x-amz-storage-class'] ?? 'STANDARD',
  })
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** As Java's URLEncoder, which S3 uses: a space is a plus. */
const urlEncode = (text: string) =>
  encodeURIComponent(text)
    .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')

const toToken = (key: string) => Buffer.from(key).toString('base64url')
const fromToken = (token: string) => Buffer.from(token, 'base64url').toString()
