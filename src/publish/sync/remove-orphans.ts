import { inParallel } from '../parallel.ts'
import { deletePhases, type Orphan } from '../plan/phases.ts'
import { withListing } from '../store/listing.ts'
import type { Store } from '../store/store.ts'
import type { SyncInput } from './sync-input.ts'
import { withProgress } from './with-progress.ts'

type RemoveInput = Pick<
  SyncInput,
  'plan' | 'journal' | 'store' | 'concurrency' | 'signal' | 'progress' | 'ensureLocked'
>

/**
 * Deletes the plan's orphans, each only if it still is the object that the plan saw. What something else has replaced
 * meanwhile is left alone, and no longer the site's.
 */
export async function removeOrphans(input: RemoveInput): Promise<void> {
  const { plan, journal, store, concurrency, signal, progress } = input
  for (const orphans of deletePhases(plan.entries)) {
    const unchanged = store.conditionalRemove ? orphans : await compareAgain(orphans, input)
    const batches: Orphan[][] = []
    for (let i = 0; i < unchanged.length; i += store.maxRemove)
      batches.push(unchanged.slice(i, i + store.maxRemove))
    await withProgress(progress('Deleting', unchanged.length), (bar) =>
      inParallel(
        batches,
        concurrency,
        async (batch) => {
          await input.ensureLocked()
          for (const key of await store.remove(batch)) journal.replaced.add(key)
          for (const { key } of batch) if (!journal.replaced.has(key)) journal.removed.add(key)
          bar.tick(batch.length)
        },
        signal,
      ),
    )
  }
}

/** Lists the target just before a storage deletes without a condition. Returns what still is as the plan saw it. */
async function compareAgain(orphans: Orphan[], { store, journal }: RemoveInput): Promise<Orphan[]> {
  const etags = await currentEtags(store, orphans)
  for (const { key, etag } of orphans)
    if (etags.has(key) && etags.get(key) !== etag) journal.replaced.add(key)
  // An orphan that this listing lacks keeps its record: the next publish looks for it again.
  return orphans.filter(({ key, etag }) => etags.get(key) === etag)
}

function currentEtags(store: Store, orphans: readonly Orphan[]): Promise<Map<string, string>> {
  const keys = new Set(orphans.map(({ key }) => key))
  return withListing(store, orphans[0]!.key, async (objects) => {
    const found = new Map<string, string>()
    for await (const page of objects)
      for (const { key, etag } of page) if (keys.has(key)) found.set(key, etag)
    return found
  })
}
