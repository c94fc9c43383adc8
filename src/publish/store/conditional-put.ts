import { isFailure } from '../../backends/backend.ts'
import { sourceOf } from '../../backends/source.ts'
import type { Store } from './store.ts'

const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }

/** The ETag of what was written, or the object that is there instead, if any. */
export type ConditionalPut = { etag: string } | { found: Awaited<ReturnType<Store['get']>> }

/**
 * Writes one of the publish wing's own objects if the stored one still has the ETag `ifMatch`, or does not exist
 * where that is `null`. A storage without conditional writes always writes.
 */
export async function conditionalPut(
  store: Store,
  key: string,
  body: Uint8Array<ArrayBuffer>,
  ifMatch: string | null,
): Promise<ConditionalPut> {
  try {
    return await store.put(key, sourceOf(body), { headers, ifMatch: store.conditional ? ifMatch : undefined })
  } catch (error) {
    if (!isFailure(error, 'precondition')) throw error
    // A first attempt may have succeeded and its response been lost. Then the stored object is this very body.
    const found = await store.get(key)
    return found && Buffer.compare(found.body, body) === 0 ? { etag: found.etag } : { found }
  }
}
