import { sourceOf } from '../../backends/source.ts'
import { BackendError } from '../../backends/backend.ts'
import type { Store } from './store.ts'

const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }

/** What became of a write: the ETag of what was written, or what is there instead, if anything. */
export type Swapped = { etag: string } | { found: Awaited<ReturnType<Store['get']>> }

/**
 * Writes an object of the publish wing's own, where the storage can only if the one there is still that of
 * `ifMatch`; `null` for none.
 */
export async function swap(
  store: Store,
  key: string,
  body: Uint8Array<ArrayBuffer>,
  ifMatch: string | null,
): Promise<Swapped> {
  try {
    const condition = store.conditional ? { ifMatch } : {}
    return await store.put(key, sourceOf(body), { headers, ...condition })
  } catch (error) {
    if (!(error instanceof BackendError)) throw error
    // The first try may have worked and its answer been lost: then what is there is this very body.
    const found = await store.get(key)
    return found && Buffer.compare(found.body, body) === 0 ? { etag: found.etag } : { found }
  }
}
