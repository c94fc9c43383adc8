import type { ObjectCannedACL, PutObjectRequest, StorageClass } from '@aws-sdk/client-s3'
import type { S3Target } from './targets.ts'
import {
  BackendError,
  type Backend,
  type PutOptions,
  type RewriteOptions,
  type Source,
  type StoredObject,
} from './backend.ts'
import { encodeKey } from '../keys.ts'
import { partSize } from './parts.ts'
import { createClient } from './s3/client.ts'
import { isNoSuchKey, keyError, toBackendError } from './s3/failure.ts'
import { uploadMultipart } from './s3/multipart.ts'
import { loadSdk } from './s3/sdk.ts'
import { readRange } from './source.ts'
import { wrapErrorsWith, wrapOperations } from './wrap-errors.ts'

const wrapErrors = wrapErrorsWith(toBackendError)

/**
 * Publishes to Amazon S3 or a storage that speaks its protocol.
 * @param timeout milliseconds without traffic on its connection after which a request fails
 * @throws {DistillError} `SDK_MISSING`
 */
export async function s3Backend(target: S3Target, timeout = 30_000): Promise<Backend> {
  const sdk = await loadSdk()
  const client = createClient(sdk, target, timeout)
  const Bucket = target.bucket
  const name = `s3://${Bucket}/`

  async function* list(prefix: string, after?: string): AsyncGenerator<StoredObject[], void, undefined> {
    // XML cannot hold some characters of keys: ask for URL-encoded ones.
    const query = { Bucket, Prefix: prefix, EncodingType: 'url', StartAfter: after } as const
    let ContinuationToken: string | undefined
    do {
      const page = await wrapErrors(`cannot list \`${name}\``, () =>
        client.send(new sdk.ListObjectsV2Command({ ...query, ContinuationToken })),
      )
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined
      if (page.IsTruncated && !ContinuationToken) {
        throw new BackendError('rejected', `cannot list \`${name}\`: a page is truncated and has no token`)
      }
      const decode = page.EncodingType === 'url' ? decodeKey : String
      yield (page.Contents ?? []).map(({ Key = '', Size = 0, ETag, LastModified }) => {
        const etag = unquote(ETag)
        // With KMS encryption, the ETag looks like an MD5 and is none. It then equals the MD5 of no content, which
        // costs a needless upload and never skips a needed one.
        const md5 = /^[0-9a-f]{32}$/.test(etag) ? etag : undefined
        return { key: decode(Key), size: Size, etag, modified: LastModified?.getTime() ?? 0, md5 }
      })
    } while (ContinuationToken)
  }

  async function get(Key: string) {
    try {
      const { Body, ETag } = await client.send(new sdk.GetObjectCommand({ Bucket, Key }))
      return { body: new Uint8Array(await Body!.transformToByteArray()), etag: unquote(ETag) }
    } catch (error) {
      if (isNoSuchKey(error)) return undefined
      throw error
    }
  }

  async function put(Key: string, source: Source, { headers, redirect, ifMatch }: PutOptions) {
    const object = { Bucket, Key, ...properties(headers, redirect) }
    const conditions = conditionsOf(ifMatch)
    try {
      if (source.size > partSize) {
        return { etag: unquote(await uploadMultipart(sdk, client, object, conditions, source)) }
      }
      // Never a stream: the SDK sends streams as `aws-chunked`, which many storages reject.
      const Body = await readRange(source, Key, 0, source.size)
      const ContentMD5 = Buffer.from(source.md5, 'hex').toString('base64')
      const { ETag } = await client.send(
        new sdk.PutObjectCommand({ ...object, ...conditions, Body, ContentMD5 }),
      )
      return { etag: unquote(ETag) }
    } catch (error) {
      if (ifMatch === undefined || !isNoSuchKey(error)) throw error
      throw new BackendError('precondition', `cannot write \`${Key}\` in \`${name}\`: it was removed`)
    }
  }

  /** Copies the object onto itself. The copy has only the properties that this request sets. */
  async function rewrite(Key: string, { headers, redirect, ifMatch }: RewriteOptions) {
    const copy = {
      Bucket,
      Key,
      CopySource: `${Bucket}/${encodeKey(Key)}`,
      CopySourceIfMatch: quote(ifMatch),
      MetadataDirective: 'REPLACE',
      ...properties(headers, redirect),
    } as const
    try {
      const { CopyObjectResult } = await client.send(new sdk.CopyObjectCommand(copy))
      return { etag: unquote(CopyObjectResult?.ETag) }
    } catch (error) {
      if (!isNoSuchKey(error)) throw error
      throw new BackendError('precondition', `cannot rewrite \`${Key}\` in \`${name}\`: it was removed`)
    }
  }

  /** Everything that is stored with the content. */
  const properties = (headers: PutOptions['headers'], redirect: string | undefined) =>
    ({
      ContentType: headers['content-type'],
      CacheControl: headers['cache-control'],
      ContentLanguage: headers['content-language'],
      ContentDisposition: headers['content-disposition'],
      ContentEncoding: headers['content-encoding'],
      WebsiteRedirectLocation: redirect,
      // S3-compatible storages have values that the SDK's types do not list.
      ACL: target.acl as ObjectCannedACL | undefined,
      StorageClass: target.storageClass as StorageClass | undefined,
    }) satisfies Omit<PutObjectRequest, 'Bucket' | 'Key'>

  /** Amazon expects an ETag in quotes; Ceph's gateway compares it with one without. */
  const quote = (etag: string) => (target.endpoint === undefined ? `"${etag}"` : etag)

  function conditionsOf(ifMatch: string | null | undefined): { IfMatch?: string; IfNoneMatch?: string } {
    if (ifMatch === undefined) return {}
    if (ifMatch === null) return { IfNoneMatch: '*' }
    return { IfMatch: quote(ifMatch) }
  }

  async function remove(keys: readonly string[]): Promise<void> {
    for (const Key of keys.filter((key) => notInXml.test(key)))
      await client.send(new sdk.DeleteObjectCommand({ Bucket, Key }))
    const Objects = keys.filter((key) => !notInXml.test(key)).map((Key) => ({ Key }))
    if (Objects.length === 0) return
    const { Errors } = await client.send(
      new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    )
    const first = Errors?.[0]
    if (first) throw keyError(`cannot remove \`${first.Key}\` in \`${name}\``, first.Code, first.Message)
  }

  return {
    name,
    maxRemove: 1000,
    maxRewrite: 5 * 1024 ** 3,
    conditional: true,
    keepsHeaders: true,
    list,
    ...wrapOperations(name, toBackendError, { get, put, rewrite, remove }),
    close: () => client.destroy(),
  }
}

/** Characters of a key that XML, and so the body of DeleteObjects, cannot hold. */
const notInXml = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u
const unquote = (etag = '') => etag.replace(/^"|"$/g, '')
const decodeKey = (key: string) => decodeURIComponent(key.replaceAll('+', ' '))
