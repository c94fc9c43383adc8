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
import { failingAs, worded } from './failing.ts'
import { createClient } from './s3/client.ts'
import { asFailure, asKeyFailure, isNoSuchKey } from './s3/failure.ts'
import { partSize } from './parts.ts'
import { putInParts } from './s3/multipart.ts'
import { loadSdk } from './s3/sdk.ts'
import { readRange } from './source.ts'

const failing = failingAs(asFailure)

/**
 * Publishes to Amazon S3 or a storage that speaks its protocol.
 * @param silence Milliseconds after which a server that says nothing is given up
 * @throws {DistillError} `SDK_MISSING`
 */
export async function s3Backend(target: S3Target, silence = 30_000): Promise<Backend> {
  const sdk = await loadSdk()
  const client = createClient(sdk, target, silence)
  const Bucket = target.bucket
  const name = `s3://${Bucket}/`

  async function* list(prefix: string, after?: string): AsyncGenerator<StoredObject[], void, undefined> {
    // URL-encoded, because XML has no way to write some characters that a key may have.
    const asked = { Bucket, Prefix: prefix, EncodingType: 'url', StartAfter: after } as const
    let ContinuationToken: string | undefined
    do {
      const page = await failing(`cannot list \`${name}\``, () =>
        client.send(new sdk.ListObjectsV2Command({ ...asked, ContinuationToken })),
      )
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined
      if (page.IsTruncated && !ContinuationToken) {
        throw new BackendError('rejected', `cannot list \`${name}\`: it says there is more, but not where`)
      }
      const decode = page.EncodingType === 'url' ? decodeKey : String
      yield (page.Contents ?? []).map(({ Key = '', Size = 0, ETag, LastModified }) => {
        const etag = unquote(ETag)
        // That of an object encrypted with a KMS key looks the same and is not: it then matches no
        // content, so what it costs is one upload too many, and never one too few.
        const md5 = /^[0-9a-f]{32}$/.test(etag) ? { md5: etag } : {}
        return { key: decode(Key), size: Size, etag, modified: LastModified?.getTime() ?? 0, ...md5 }
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
        return { etag: unquote(await putInParts(sdk, client, object, conditions, source)) }
      }
      // Bytes and never a stream: the SDK sends that in a framing which many storages do not take.
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

  /** A copy of the object onto itself, which forgets whatever is not said again. */
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

  /** What an object is beside its content. */
  const properties = (headers: PutOptions['headers'], redirect: string | undefined) =>
    ({
      ContentType: headers['content-type'],
      CacheControl: headers['cache-control'],
      ContentLanguage: headers['content-language'],
      ContentDisposition: headers['content-disposition'],
      ContentEncoding: headers['content-encoding'],
      WebsiteRedirectLocation: redirect,
      // Storages that speak the protocol have names of their own for these.
      ACL: target.acl as ObjectCannedACL | undefined,
      StorageClass: target.storageClass as StorageClass | undefined,
    }) satisfies Omit<PutObjectRequest, 'Bucket' | 'Key'>

  /** Amazon takes an ETag in its quotes; radosgw compares what it gets with one that has none. */
  const quote = (etag: string) => (target.endpoint === undefined ? `"${etag}"` : etag)

  function conditionsOf(ifMatch: string | null | undefined): { IfMatch?: string; IfNoneMatch?: string } {
    if (ifMatch === undefined) return {}
    if (ifMatch === null) return { IfNoneMatch: '*' }
    return { IfMatch: quote(ifMatch) }
  }

  async function remove(keys: readonly string[]): Promise<void> {
    const [listed, unlistable] = [
      keys.filter((key) => !notInXml.test(key)),
      keys.filter((key) => notInXml.test(key)),
    ]
    for (const Key of unlistable) await client.send(new sdk.DeleteObjectCommand({ Bucket, Key }))
    if (listed.length === 0) return
    const Objects = listed.map((Key) => ({ Key }))
    const { Errors } = await client.send(
      new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    )
    const first = Errors?.[0]
    if (first) throw asKeyFailure(`cannot remove \`${first.Key}\` in \`${name}\``, first.Code, first.Message)
  }

  return {
    name,
    maxRemove: 1000,
    maxRewrite: 5 * 1024 ** 3,
    conditional: true,
    keepsHeaders: true,
    list,
    ...worded(name, asFailure, { get, put, rewrite, remove }),
    close: () => client.destroy(),
  }
}

/** Characters of a key that the document of a DeleteObjects has no way to write. */
const notInXml = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u
const unquote = (etag = '') => etag.replace(/^"|"$/g, '')
const decodeKey = (key: string) => decodeURIComponent(key.replaceAll('+', ' '))
