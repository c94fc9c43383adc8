import type { BlockBlobClient, BlockBlobCommitBlockListOptions } from '@azure/storage-blob'
import { createHash, randomUUID } from 'node:crypto'
import type { Retry, Source } from '../backend.ts'
import { sendInParts } from '../parts.ts'
import { timeoutFor } from './client.ts'
import { toBackendError } from './failure.ts'

/** The most blocks that a blob can have. */
const maxBlocks = 50_000

/**
 * Sends a large content in blocks. They are invisible until they are committed; after a week without a commit,
 * the storage removes them.
 * @returns the ids of the blocks to commit
 */
export function stageBlocks(
  blob: BlockBlobClient,
  source: Source,
  key: string,
  encryptionScope: string | undefined,
  retry: Retry,
): Promise<string[]> {
  const upload = randomUUID()
  return sendInParts(source, key, maxBlocks, retry, async (bytes, i, signal) => {
    // The storage requires ids of one length.
    const id = Buffer.from(`${upload}-${String(i).padStart(5, '0')}`).toString('base64')
    const transactionalContentMD5 = createHash('md5').update(bytes).digest()
    const timeout = timeoutFor(bytes.length)
    const abortSignal = signal ? AbortSignal.any([timeout, signal]) : timeout
    await blob.stageBlock(id, bytes, bytes.length, { transactionalContentMD5, encryptionScope, abortSignal })
    return id
  })
}

/**
 * Makes a blob of blocks.
 * @returns its ETag
 */
export function commitBlocks(
  blob: BlockBlobClient,
  ids: string[],
  options: BlockBlobCommitBlockListOptions,
  retry: Retry,
): Promise<string | undefined> {
  let repeated = false
  return retry(async () => {
    try {
      return (await blob.commitBlockList(ids, { ...options, abortSignal: timeoutFor() })).etag
    } catch (error) {
      // The first attempt may have succeeded and its response been lost.
      if (repeated && toBackendError('', error).kind === 'precondition') {
        const found = await blob.getProperties({ abortSignal: timeoutFor() }).catch(() => undefined)
        const md5 = options.blobHTTPHeaders?.blobContentMD5
        if (found?.contentMD5 && md5 && Buffer.compare(found.contentMD5, md5) === 0) return found.etag
      }
      repeated = true
      throw error
    }
  })
}
