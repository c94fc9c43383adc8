import type {
  BlobHTTPHeaders,
  ContainerListBlobFlatSegmentResponse,
  ModifiedAccessConditions,
} from '@azure/storage-blob'
import { createHash, randomUUID } from 'node:crypto'
import type { AzureTarget } from './targets.ts'
import { openContainer } from './azure/client.ts'
import { asFailure, asSubFailure, isNoSuchBlob } from './azure/failure.ts'
import {
  BackendError,
  type Backend,
  type PutOptions,
  type RewriteOptions,
  type Source,
  type StoredObject,
} from './backend.ts'
import { failingAs, worded } from './failing.ts'
import { partSize, sendInParts } from './parts.ts'
import { readRange } from './source.ts'

/** As many as one batch takes. */
const maxRemove = 256
/** As many blocks as one blob takes. */
const maxBlocks = 50_000
/** As many blobs as one page of a listing has. */
const largestPage = 5000

const failing = failingAs(asFailure)

/**
 * Publishes to Azure Blob Storage.
 * @param pageSize blobs in a page of a listing; fewer than there may be only cost requests
 * @throws {DistillError} `SDK_MISSING`, `OPTION_INVALID`
 */
export async function azureBackend(target: AzureTarget, pageSize = largestPage): Promise<Backend> {
  const container = await openContainer(target)
  // Without the query, which may be a signature.
  const name = `${decodeURIComponent(container.url.replace(/\?.*$/s, ''))}/`

  async function* list(prefix: string): AsyncGenerator<StoredObject[], void, undefined> {
    let continuationToken: string | undefined
    do {
      const page = await failing(`cannot list \`${name}\``, () => listPage(prefix, continuationToken))
      continuationToken = page.continuationToken || undefined
      yield page.segment.blobItems.map(({ name, properties }) => ({
        key: name,
        size: properties.contentLength ?? 0,
        etag: unquote(properties.etag),
        modified: properties.lastModified.getTime(),
        // Other kinds of blobs are written in place, which leaves the MD5 as it was.
        ...(properties.contentMD5 && properties.blobType === 'BlockBlob'
          ? { md5: Buffer.from(properties.contentMD5).toString('hex') }
          : {}),
      }))
    } while (continuationToken)
  }

  async function listPage(prefix: string, continuationToken: string | undefined) {
    const pages = container.listBlobsFlat({ prefix, ...patience() })
    const { value } = await pages.byPage({ maxPageSize: pageSize, continuationToken }).next()
    return value as ContainerListBlobFlatSegmentResponse
  }

  async function get(key: string) {
    if (notInUrl.test(key)) return undefined
    try {
      const answer = await container
        .getBlobClient(key)
        .download(0, undefined, { ...patience(), maxRetryRequests: 0 })
      const chunks: Buffer[] = []
      for await (const chunk of answer.readableStreamBody!) chunks.push(Buffer.from(chunk))
      return { body: new Uint8Array(Buffer.concat(chunks)), etag: unquote(answer.etag) }
    } catch (error) {
      if (isNoSuchBlob(error)) return undefined
      throw error
    }
  }

  async function put(key: string, source: Source, { headers, ifMatch }: PutOptions) {
    if (notInUrl.test(key)) {
      const why = 'Azure takes no `\\`, no control characters, and no `.` or `..` for a folder'
      throw new BackendError('rejected', `cannot write \`${key}\` in \`${name}\`: ${why}`)
    }
    // Of a body that is sent at once, the storage checks it; that of others is checked here, and each block's there.
    const blobContentMD5 = Buffer.from(source.md5, 'hex')
    const options = {
      blobHTTPHeaders: { ...properties(headers), blobContentMD5 },
      conditions: conditionsOf(ifMatch),
    }
    const blob = container.getBlockBlobClient(key)
    try {
      if (source.size > partSize) {
        const ids = await putBlocks(key, source)
        return { etag: unquote((await blob.commitBlockList(ids, { ...options, ...patience() })).etag) }
      }
      const bytes = await readRange(source, key, 0, source.size)
      const answer = await blob.upload(bytes, bytes.length, { ...options, ...patience(bytes.length) })
      return { etag: unquote(answer.etag) }
    } catch (error) {
      if (ifMatch === undefined || !isNoSuchBlob(error)) throw error
      throw new BackendError('precondition', `cannot write \`${key}\` in \`${name}\`: it was removed`)
    }
  }

  /** Sends a large body in blocks, which nobody sees, and which the storage throws away after a week unless they are committed. */
  function putBlocks(key: string, source: Source): Promise<string[]> {
    const blob = container.getBlockBlobClient(key)
    const upload = randomUUID()
    return sendInParts(source, key, maxBlocks, async (bytes, i) => {
      // All of the same length, as the storage wants them.
      const id = Buffer.from(`${upload}-${String(i).padStart(5, '0')}`).toString('base64')
      const transactionalContentMD5 = createHash('md5').update(bytes).digest()
      await blob.stageBlock(id, bytes, bytes.length, { transactionalContentMD5, ...patience(bytes.length) })
      return id
    })
  }

  async function rewrite(key: string, { headers, ifMatch }: RewriteOptions) {
    const blob = container.getBlobClient(key)
    const conditions = conditionsOf(ifMatch)
    try {
      // The MD5 is a header here, and gone if it is not said again.
      const { contentMD5 } = await blob.getProperties({ conditions, ...patience() })
      const blobHTTPHeaders = { ...properties(headers), ...(contentMD5 && { blobContentMD5: contentMD5 }) }
      const answer = await blob.setHTTPHeaders(blobHTTPHeaders, { conditions, ...patience() })
      return { etag: unquote(answer.etag) }
    } catch (error) {
      if (!isNoSuchBlob(error)) throw error
      throw new BackendError('precondition', `cannot rewrite \`${key}\` in \`${name}\`: it was removed`)
    }
  }

  async function remove(keys: readonly string[]): Promise<void> {
    const blobs = keys.filter((key) => !notInUrl.test(key)).map((key) => container.getBlobClient(key))
    if (blobs.length === 0) return
    const { subResponses } = await container.getBlobBatchClient().deleteBlobs(blobs, patience())
    for (const { status, errorCode, _request } of subResponses) {
      if (status < 300 || errorCode === 'BlobNotFound') continue
      const key = blobs.find(({ url }) => url === _request.url)?.name
      throw asSubFailure(`cannot remove \`${key}\` in \`${name}\``, status, errorCode)
    }
  }

  return {
    name,
    maxRemove,
    conditional: true,
    keepsHeaders: true,
    list,
    ...worded(name, asFailure, { get, put, rewrite, remove }),
  }
}

/** What a key cannot have: a URL, or the storage, would make another key of it. */
// oxlint-disable-next-line no-control-regex
const notInUrl = /[\\\u0000-\u001f\u007f-\u009f]|(?:^|\/)\.\.?(?:\/|$)/

/** How long a silent server is waited for, and how slow a line may be. */
const patience = (bytes = 0) => ({ abortSignal: AbortSignal.timeout(30_000 + Math.ceil(bytes / 8)) })

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

/** In quotes in answers, and without in listings. */
const unquote = (etag = '') => etag.replace(/^"|"$/g, '')
