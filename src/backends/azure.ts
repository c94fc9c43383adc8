import type { BlobHTTPHeaders, ModifiedAccessConditions } from '@azure/storage-blob'
import type { AzureTarget } from './targets.ts'
import { isOwnKey } from '../keys.ts'
import { commitBlocks, stageBlocks } from './azure/blocks.ts'
import { clientOptions, openContainer, timeoutFor } from './azure/client.ts'
import { copyBlob } from './azure/copy.ts'
import { blobError, isNoSuchBlob, toBackendError } from './azure/failure.ts'
import { openListing } from './azure/listing.ts'
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
import { followTokens } from './follow-tokens.ts'
import { partSize } from './parts.ts'
import { readRange } from './source.ts'
import { wrapErrorsWith, wrapOperations } from './wrap-errors.ts'

/** The most blobs in a batch. */
const maxRemove = 256
/** The most blobs in a page of a listing. */
const maxPageSize = 5000

const wrapErrors = wrapErrorsWith(toBackendError)

/**
 * Publishes to Azure Blob Storage.
 * @param pageSize blobs in a page of a listing; tests use small pages
 * @throws {DistillError} `SDK_MISSING`, `OPTION_INVALID`
 */
export async function azureBackend(target: AzureTarget, pageSize = maxPageSize): Promise<PlacedBackend> {
  const container = await openContainer(target)
  // The query may be a signature.
  const name = `${decodeURIComponent(container.url.replace(/\?.*$/s, ''))}/`

  /** The containers that objects are copied from. A client has a sign-on of its own, so each is opened once. */
  const places = new Map([[container.containerName, Promise.resolve(container)]])
  function openPlace(place = container.containerName) {
    const opened = places.get(place) ?? openContainer({ ...target, container: place })
    places.set(place, opened)
    return opened
  }

  let listing: ReturnType<typeof openListing> | undefined
  async function* list(prefix: string): AsyncGenerator<StoredObject[], void, undefined> {
    yield* followTokens(name, (token) =>
      wrapErrors(`cannot list \`${name}\``, async () => {
        listing ??= openListing(container, clientOptions)
        return (await listing)(prefix, pageSize, token)
      }),
    )
  }

  async function get(key: string) {
    if (notInUrl.test(key)) return undefined
    try {
      const response = await container
        .getBlobClient(key)
        .download(0, undefined, { abortSignal: timeoutFor(), maxRetryRequests: 0 })
      const chunks: Buffer[] = []
      for await (const chunk of response.readableStreamBody!) chunks.push(Buffer.from(chunk))
      return { body: new Uint8Array(Buffer.concat(chunks)), etag: unquote(response.etag) }
    } catch (error) {
      if (isNoSuchBlob(error)) return undefined
      throw error
    }
  }

  async function put(
    key: string,
    source: Source,
    { headers, ifMatch, retry }: PutOptions & { retry: Retry },
  ) {
    const why = refuses(key)
    if (why !== undefined)
      throw new BackendError('rejected', `cannot write \`${key}\` in \`${name}\`: ${why}`)
    // The storage compares it with a body in one request. For blocks, `sendInParts` checks the MD5 of the whole.
    const blobContentMD5 = Buffer.from(source.md5, 'hex')
    const { accessTier: tier, metadata, tags, encryptionScope } = target
    const options = {
      ...(isOwnKey(key) ? {} : { tier, metadata, tags }),
      encryptionScope,
      blobHTTPHeaders: { ...properties(headers), blobContentMD5 },
      conditions: conditionsOf(ifMatch),
    }
    const blob = container.getBlockBlobClient(key)
    try {
      if (source.size > partSize) {
        const ids = await stageBlocks(blob, source, key, encryptionScope, retry)
        return { etag: unquote(await commitBlocks(blob, ids, options, retry)) }
      }
      const bytes = await readRange(source, key, 0, source.size)
      const abortSignal = timeoutFor(bytes.length)
      const response = await blob.upload(bytes, bytes.length, { ...options, abortSignal })
      return { etag: unquote(response.etag) }
    } catch (error) {
      if (ifMatch === undefined || !isNoSuchBlob(error)) throw error
      throw new BackendError('precondition', `cannot write \`${key}\` in \`${name}\`: it was removed`)
    }
  }

  async function rewrite(key: string, { headers, ifMatch }: RewriteOptions) {
    const blob = container.getBlobClient(key)
    const conditions = conditionsOf(ifMatch)
    try {
      // The MD5 is one of these headers: it is lost unless it is set again.
      const { contentMD5 } = await blob.getProperties({ conditions, abortSignal: timeoutFor() })
      const blobHTTPHeaders = { ...properties(headers), blobContentMD5: contentMD5 }
      let { etag } = await blob.setHTTPHeaders(blobHTTPHeaders, { conditions, abortSignal: timeoutFor() })
      const { accessTier, metadata, tags } = target
      if (metadata) {
        const options = { conditions: { ifMatch: etag }, abortSignal: timeoutFor() }
        ;({ etag } = await blob.setMetadata(metadata, options))
      }
      // Neither changes the ETag.
      if (tags) await blob.setTags(tags, { abortSignal: timeoutFor() })
      if (accessTier) await blob.setAccessTier(accessTier, { abortSignal: timeoutFor() })
      return { etag: unquote(etag) }
    } catch (error) {
      if (!isNoSuchBlob(error)) throw error
      throw new BackendError('precondition', `cannot rewrite \`${key}\` in \`${name}\`: it was removed`)
    }
  }

  async function copy(
    from: string,
    to: string,
    { headers, ifSourceMatch, ifMatch, retry, place }: CopyOptions & { place?: string; retry: Retry },
  ) {
    const context = `cannot copy \`${from}\` to \`${to}\` in \`${name}\``
    const why = refuses(to) ?? refuses(from)
    if (why !== undefined) throw new BackendError('rejected', `${context}: ${why}`)
    const { accessTier, metadata, tags } = target
    const ofTheSite = isOwnKey(to)
      ? // Without a tier, the copy would have that of the copied blob.
        { tier: accessTier && 'Hot', metadata: undefined, tags: undefined }
      : { tier: accessTier, metadata, tags }
    try {
      const etag = await copyBlob(
        (await openPlace(place)).getBlobClient(from),
        container.getBlobClient(to),
        { headers: properties(headers), ...ofTheSite },
        { from: conditionsOf(ifSourceMatch), to: conditionsOf(ifMatch) },
        retry,
        context,
      )
      return { etag: unquote(etag) }
    } catch (error) {
      if (!isNoSuchBlob(error)) throw error
      throw new BackendError('precondition', `${context}: one of them was removed`)
    }
  }

  async function remove(objects: readonly KnownObject[]): Promise<string[]> {
    const blobs = objects
      .filter(({ key }) => !notInUrl.test(key))
      .map(({ key, etag }) => ({ blob: container.getBlobClient(key), conditions: conditionsOf(etag) }))
    if (blobs.length === 0) return []
    // Not `deleteBlobs`: it drops the signal, and a request without a response would never end.
    const client = container.getBlobBatchClient()
    const batch = client.createBatch()
    for (const { blob, conditions } of blobs) await batch.deleteBlob(blob, { conditions })
    const { subResponses } = await client.submitBatch(batch, { abortSignal: timeoutFor() })
    const left: string[] = []
    for (const { status, errorCode, _request } of subResponses) {
      if (status < 300 || errorCode === 'BlobNotFound') continue
      const key = blobs.find(({ blob }) => blob.url === _request.url)!.blob.name
      if (errorCode !== 'ConditionNotMet')
        throw blobError(`cannot remove \`${key}\` in \`${name}\``, status, errorCode)
      // A blob that does not exist may fail the condition, too.
      if (await container.getBlobClient(key).exists({ abortSignal: timeoutFor() })) left.push(key)
    }
    return left
  }

  const operations = wrapOperations(name, toBackendError, { get, put, rewrite, copy, remove })
  return {
    name,
    maxRemove,
    conditional: true,
    conditionalRemove: true,
    keepsHeaders: true,
    list,
    refuses,
    ...operations,
    // A blob keeps its scope until it is written again, and a request to copy one has no scope.
    rewrite: target.encryptionScope === undefined ? operations.rewrite : undefined,
    copy: target.encryptionScope === undefined ? operations.copy : undefined,
  }
}

/** Keys that become other keys, in a URL or in the storage. */
// oxlint-disable-next-line no-control-regex
const notInUrl = /[\\\u0000-\u001f\u007f-\u009f]|(?:^|\/)\.\.?(?:\/|$)/

function refuses(key: string): string | undefined {
  if (notInUrl.test(key)) return 'it has a `\\`, a control character, or a `.` or `..` folder'
  if (key.length > 1024) return 'it is longer than 1,024 characters'
  return key.split('/').length > 254 ? 'it has more than 254 folders' : undefined
}

const properties = (headers: PutOptions['headers']): BlobHTTPHeaders => ({
  blobContentType: headers['content-type'],
  blobCacheControl: headers['cache-control'],
  blobContentLanguage: headers['content-language'],
  blobContentDisposition: headers['content-disposition'],
  blobContentEncoding: headers['content-encoding'],
})

function conditionsOf(ifMatch: string | null | undefined): ModifiedAccessConditions {
  if (ifMatch === undefined) return {}
  return ifMatch === null ? { ifNoneMatch: '*' } : { ifMatch: `"${ifMatch}"` }
}

/** Responses have the ETag in quotes, listings without. */
const unquote = (etag = '') => etag.replace(/^"|"$/g, '')
