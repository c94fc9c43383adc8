import type {
  BlobBeginCopyFromUrlPollState,
  BlobClient,
  BlobGetPropertiesResponse,
  BlobHTTPHeaders,
  Tags,
} from '@azure/storage-blob'
import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { BackendError, type Retry } from '../backend.ts'
import { timeoutFor } from './client.ts'
import { toBackendError } from './failure.ts'

type Conditions = { ifMatch?: string; ifNoneMatch?: string }

/** What a copy gets besides the content. */
interface CopyProperties {
  /** Without an MD5: the copy has that of the copied blob. */
  headers: BlobHTTPHeaders
  metadata: Record<string, string> | undefined
  tags: Tags | undefined
  tier: string | undefined
}

/** The milliseconds between two questions whether a copy is done. */
const interval = 500

/**
 * Copies a blob of the same account. The storage copies a blob's headers and metadata with it: where the copy must
 * have others, they are set after it.
 * @param context How messages begin
 * @returns the ETag
 */
export async function copyBlob(
  from: BlobClient,
  to: BlobClient,
  { headers, metadata = {}, tags, tier }: CopyProperties,
  conditions: { from: Conditions; to: Conditions },
  retry: Retry,
  context: string,
): Promise<string | undefined> {
  const copied = await retry(() =>
    from.getProperties({ conditions: conditions.from, abortSignal: timeoutFor() }),
  )
  let etag = await copyContent()
  const { contentMD5: blobContentMD5 } = copied
  const wanted = { ...headers, blobContentMD5 }
  if (!isDeepStrictEqual(headersOf(copied), wanted))
    etag = await change(
      (options) => to.setHTTPHeaders(wanted, options),
      (found) => isDeepStrictEqual(headersOf(found), wanted),
    )
  // A copy without metadata of its own has got those of the copied blob.
  if (Object.keys(metadata).length === 0 && Object.keys(copied.metadata ?? {}).length > 0)
    etag = await change(
      (options) => to.setMetadata({}, options),
      (found) => Object.keys(found.metadata ?? {}).length === 0,
    )
  return etag

  async function copyContent(): Promise<string | undefined> {
    const options = { sourceConditions: conditions.from, conditions: conditions.to, metadata, tags, tier }
    const poller = await retry(() => to.beginCopyFromURL(from.url, { ...options, abortSignal: timeoutFor() }))
    const { copyId, result } = poller.getOperationState() as BlobBeginCopyFromUrlPollState
    if (result) return result.etag
    // Within an account, a copy is done at once, as a rule.
    for (;;) {
      await setTimeout(interval)
      const found = await retry(() => to.getProperties({ abortSignal: timeoutFor() }))
      if (found.copyId !== copyId)
        throw new BackendError('precondition', `${context}: it was changed meanwhile`)
      if (found.copyStatus === 'success') return found.etag
      if (found.copyStatus === 'pending') continue
      const why = found.copyStatusDescription ?? found.copyStatus
      throw new BackendError('unavailable', `${context}: the storage gave up (${why})`)
    }
  }

  /** Changes the copy, unless it is another blob by now. */
  function change(
    request: (options: { conditions: Conditions; abortSignal: AbortSignal }) => Promise<{ etag?: string }>,
    isDone: (found: BlobGetPropertiesResponse) => boolean,
  ): Promise<string | undefined> {
    const condition = { ifMatch: etag! }
    let repeated = false
    return retry(async () => {
      try {
        return (await request({ conditions: condition, abortSignal: timeoutFor() })).etag
      } catch (error) {
        // The first attempt may have succeeded and its response been lost.
        if (repeated && toBackendError('', error).kind === 'precondition') {
          const found = await to.getProperties({ abortSignal: timeoutFor() })
          if (isDeepStrictEqual(found.contentMD5, blobContentMD5) && isDone(found)) return found.etag
        }
        repeated = true
        throw error
      }
    })
  }
}

const headersOf = (found: BlobGetPropertiesResponse): BlobHTTPHeaders => ({
  blobContentType: found.contentType,
  blobCacheControl: found.cacheControl,
  blobContentLanguage: found.contentLanguage,
  blobContentDisposition: found.contentDisposition,
  blobContentEncoding: found.contentEncoding,
  blobContentMD5: found.contentMD5,
})
