import type { ObjectCannedACL, PutObjectRequest, StorageClass } from '@aws-sdk/client-s3'
import type { S3Target } from './targets.ts'
import {
  BackendError,
  type CopyOptions,
  type KnownObject,
  type PlacedBackend,
  type PutOptions,
  type Retry,
  type RewriteOptions,
  type Source,
  type StoredObject,
} from './backend.ts'
import { encodeKey, isOwnKey, longKey } from '../keys.ts'
import { followTokens } from './follow-tokens.ts'
import { partSize } from './parts.ts'
import { createClient } from './s3/client.ts'
import { isNoSuchKey, isPreconditionFailed, isTooLarge, keyError, toBackendError } from './s3/failure.ts'
import { copyMultipart, uploadMultipart } from './s3/multipart.ts'
import { loadSdk } from './s3/sdk.ts'
import { createPut } from './s3/put.ts'
import { readRange } from './source.ts'
import { wrapErrorsWith, wrapOperations } from './wrap-errors.ts'

const wrapErrors = wrapErrorsWith(toBackendError)

/**
 * Publishes to Amazon S3 or a storage that speaks its protocol.
 * @param timeout milliseconds without traffic on its connection after which a request fails
 * @param copyPart bytes of a part of a copy that takes several; tests use small ones
 * @throws {DistillError} `SDK_MISSING`
 */
export async function s3Backend(
  target: S3Target,
  timeout = 30_000,
  copyPart = 256 * 1024 ** 2,
): Promise<PlacedBackend> {
  const sdk = await loadSdk()
  const client = createClient(sdk, target, timeout)
  const putObject = createPut(sdk, client)
  const Bucket = target.bucket
  const name = `s3://${Bucket}/`
  const isAmazon = target.endpoint === undefined
  // Ceph's gateway and others accept the ETags of DeleteObjects, and ignore them.
  const conditionalRemove = isAmazon

  async function* list(prefix: string, after?: string): AsyncGenerator<StoredObject[], void, undefined> {
    // XML cannot hold some characters of keys: ask for URL-encoded ones.
    const query = { Bucket, Prefix: prefix, EncodingType: 'url', StartAfter: after } as const
    yield* followTokens(name, async (ContinuationToken) => {
      const page = await wrapErrors(`cannot list \`${name}\``, () =>
        client.send(new sdk.ListObjectsV2Command({ ...query, ContinuationToken })),
      )
      const { Contents = [], KeyCount = 0, IsTruncated, NextContinuationToken, EncodingType } = page
      if (IsTruncated && !NextContinuationToken)
        throw new BackendError('rejected', `cannot list \`${name}\`: a page is truncated and has no token`)
      if (Contents.length < KeyCount) {
        const why = `a page has ${Contents.length} objects and says that it has ${KeyCount}`
        throw new BackendError('unavailable', `cannot list \`${name}\`: ${why}`)
      }
      const decode = EncodingType === 'url' ? decodeKey : String
      const objects = Contents.map(({ Key = '', Size = 0, ETag, LastModified }) => {
        const etag = unquote(ETag)
        // With KMS encryption, the ETag looks like an MD5 and is none. It then equals the MD5 of no content, which
        // costs a needless upload and never skips a needed one.
        const md5 = /^[0-9a-f]{32}$/.test(etag) ? etag : undefined
        return { key: decode(Key), size: Size, etag, modified: LastModified?.getTime() ?? 0, md5 }
      })
      return { objects, next: IsTruncated ? NextContinuationToken : undefined }
    })
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

  async function put(
    Key: string,
    source: Source,
    { headers, redirect, ifMatch, retry }: PutOptions & { retry: Retry },
  ) {
    const object = { Bucket, Key, ...properties(Key, headers, redirect) }
    const conditions = conditionsOf(ifMatch)
    try {
      if (source.size > partSize) {
        return { etag: unquote(await uploadMultipart(sdk, client, object, conditions, source, retry)) }
      }
      // Never a stream: the SDK sends streams as `aws-chunked`, which many storages reject.
      const Body = await readRange(source, Key, 0, source.size)
      const ContentMD5 = Buffer.from(source.md5, 'hex').toString('base64')
      const { ETag } = await putObject({ ...object, ...conditions, Body, ContentMD5 })
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
      // Tags that were set by hand stay.
      TaggingDirective: target.tags && 'REPLACE',
      ...properties(Key, headers, redirect),
    } as const
    try {
      const { CopyObjectResult } = await client.send(new sdk.CopyObjectCommand(copy))
      return { etag: unquote(CopyObjectResult?.ETag) }
    } catch (error) {
      if (!isNoSuchKey(error)) throw error
      throw new BackendError('precondition', `cannot rewrite \`${Key}\` in \`${name}\`: it was removed`)
    }
  }

  async function copy(from: string, Key: string, options: CopyOptions & { place?: string; retry: Retry }) {
    try {
      return { etag: unquote(await copyContent(from, Key, options)) }
    } catch (error) {
      if (!isNoSuchKey(error)) throw error
      const why = 'one of them was removed'
      throw new BackendError('precondition', `cannot copy \`${from}\` to \`${Key}\` in \`${name}\`: ${why}`)
    }
  }

  async function copyContent(
    from: string,
    Key: string,
    {
      headers,
      redirect,
      ifSourceMatch,
      ifMatch,
      retry,
      place = Bucket,
    }: CopyOptions & { place?: string; retry: Retry },
  ): Promise<string | undefined> {
    const source = { CopySource: `${place}/${encodeKey(from)}`, CopySourceIfMatch: quote(ifSourceMatch) }
    const object = { Bucket, Key, ...properties(Key, headers, redirect) }
    const conditions = conditionsOf(ifMatch)
    const directives = {
      MetadataDirective: 'REPLACE',
      // Not every other storage knows tags.
      TaggingDirective: isAmazon || target.tags ? 'REPLACE' : undefined,
    } as const
    try {
      const copying = { ...object, ...source, ...directives, ...conditions }
      const { CopyObjectResult } = await retry(() => client.send(new sdk.CopyObjectCommand(copying)))
      return CopyObjectResult?.ETag
    } catch (error) {
      // Amazon copies at most 5 GB in one request. Other storages have other limits, and some have none.
      if (!isTooLarge(error)) throw error
      const reading = { Bucket: place, Key: from }
      const { ContentLength: size = 0 } = await retry(() => client.send(new sdk.HeadObjectCommand(reading)))
      if (size <= copyPart) throw error
      return copyMultipart(sdk, client, object, conditions, { ...source, size, copyPart }, retry)
    }
  }

  /** What is stored with objects of the site only. */
  const ofTheSite = {
    // S3-compatible storages have values that the SDK's types do not list.
    ACL: target.acl as ObjectCannedACL | undefined,
    StorageClass: target.storageClass as StorageClass | undefined,
    Metadata: target.metadata,
    Tagging: target.tags && queryOf(target.tags),
  } satisfies Partial<PutObjectRequest>

  /** Everything that is stored with the content. The state and the lock are nobody's but the publisher's. */
  const properties = (key: string, headers: PutOptions['headers'], redirect: string | undefined) =>
    ({
      ContentType: headers['content-type'],
      CacheControl: headers['cache-control'],
      ContentLanguage: headers['content-language'],
      ContentDisposition: headers['content-disposition'],
      ContentEncoding: headers['content-encoding'],
      WebsiteRedirectLocation: redirect,
      ServerSideEncryption: target.serverSideEncryption,
      SSEKMSKeyId: target.kmsKeyId,
      ...(isOwnKey(key) ? {} : ofTheSite),
    }) satisfies Omit<PutObjectRequest, 'Bucket' | 'Key'>

  /** Amazon expects an ETag in quotes; Ceph's gateway compares it with one without. */
  const quote = (etag: string) => (isAmazon ? `"${etag}"` : etag)

  function conditionsOf(ifMatch: string | null | undefined): { IfMatch?: string; IfNoneMatch?: string } {
    if (ifMatch === undefined) return {}
    if (ifMatch === null) return { IfNoneMatch: '*' }
    return { IfMatch: quote(ifMatch) }
  }

  async function remove(objects: readonly KnownObject[]): Promise<string[]> {
    const refused: string[] = []
    for (const { key, etag } of objects.filter(({ key }) => notInXml.test(key)))
      if (!(await removeOne(key, etag))) refused.push(key)
    refused.push(...(await removeMany(objects.filter(({ key }) => !notInXml.test(key)))))
    const left: string[] = []
    // The storage refuses a condition on an object that does not exist, too.
    for (const key of refused) if (await isStored(key)) left.push(key)
    return left
  }

  /** Removes objects in one request. Returns the keys whose condition did not hold. */
  async function removeMany(objects: readonly KnownObject[]): Promise<string[]> {
    if (objects.length === 0) return []
    const Objects = objects.map(({ key, etag }) => ({ Key: key, ETag: removalCondition(etag) }))
    const { Errors = [] } = await client.send(
      new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    )
    const isRefused = (code?: string) => conditionalRemove && code === 'PreconditionFailed'
    const failed = Errors.find(({ Code }) => !isRefused(Code) && Code !== 'NoSuchKey')
    if (failed) throw keyError(`cannot remove \`${failed.Key}\` in \`${name}\``, failed.Code, failed.Message)
    return Errors.map(({ Key }) => Key!)
  }

  /** Returns whether the condition held. */
  async function removeOne(Key: string, etag: string | undefined): Promise<boolean> {
    try {
      await client.send(new sdk.DeleteObjectCommand({ Bucket, Key, IfMatch: removalCondition(etag) }))
      return true
    } catch (error) {
      if (conditionalRemove && isPreconditionFailed(error)) return false
      throw error
    }
  }

  const removalCondition = (etag: string | undefined) =>
    conditionalRemove && etag !== undefined ? quote(etag) : undefined

  async function isStored(key: string): Promise<boolean> {
    for await (const page of list(key)) return page[0]?.key === key
    return false
  }

  return {
    name,
    maxRemove: 1000,
    maxRewrite: 5 * 1024 ** 3,
    conditional: true,
    conditionalRemove,
    keepsHeaders: true,
    sorted: isAmazon,
    list,
    refuses: longKey,
    ...wrapOperations(name, toBackendError, { get, put, rewrite, copy, remove }),
    close: () => client.destroy(),
  }
}

/** Characters of a key that XML, and so the body of DeleteObjects, cannot hold. */
const notInXml = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u
const unquote = (etag = '') => etag.replace(/^"|"$/g, '')
const queryOf = (tags: Record<string, string>) =>
  Object.entries(tags)
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&')
const decodeKey = (key: string) => decodeURIComponent(key.replaceAll('+', ' '))
