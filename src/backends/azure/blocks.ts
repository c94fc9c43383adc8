import type { BlockBlobClient } from '@azure/storage-blob'
import { createHash, randomUUID } from 'node:crypto'
import type { Source } from '../backend.ts'
import { sendInParts } from '../parts.ts'
import { timeoutFor } from './client.ts'

/** The most blocks that a blob can have. */
const maxBlocks = 50_000

/**
 * Sends a large content in blocks. They are invisible until they are committed; after a week without a commit,
 * the storage removes them.
 * @returns the ids of the blocks to commit
 */
export function stageBlocks(blob: BlockBlobClient, source: Source, key: string): Promise<string[]> {
  const upload = randomUUID()
  return sendInParts(source, key, maxBlocks, async (bytes, i) => {
    // The storage requires ids of one length.
    const id = Buffer.from(`${upload}-${String(i).padStart(5, '0')}`).toString('base64')
    const transactionalContentMD5 = createHash('md5').update(bytes).digest()
    const abortSignal = timeoutFor(bytes.length)
    await blob.stageBlock(id, bytes, bytes.length, { transactionalContentMD5, abortSignal })
    return id
  })
}
