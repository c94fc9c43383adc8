import type { Plan } from '../plan/plan.ts'
import { DistillError } from '../../errors.ts'
import { join } from '../plan/merge-join.ts'
import type { Journal } from './journal.ts'
import { withListing } from '../store/listing.ts'
import { isWritten } from '../state/state.ts'
import type { Store } from '../store/store.ts'

/**
 * Lists the target once more after the uploads: all that the site consists of must be there, as it was
 * written, before anything is deleted. Notes the dates the storage gave to what was uploaded.
 * @param first The first key that is of interest
 * @throws {DistillError} `TRANSFER_FAILED` for what is missing or was changed by somebody else
 */
export async function compareListing(
  store: Store,
  first: string | undefined,
  plan: Plan,
  journal: Journal,
): Promise<void> {
  const deletes = new Set(plan.entries.flatMap(({ action, key }) => (action === 'delete' ? [key] : [])))
  const wrong = await withListing(store, first, async (objects) => {
    const wrong: string[] = []
    for await (const { key, a: found, b: expected } of join(objects, journal.records(), [])) {
      if (!isWritten(expected) || deletes.has(key)) continue
      const uploaded = journal.done.get(key)
      if (uploaded && found) uploaded.modified = found.modified
      if (found?.etag !== expected.etag || found.size !== expected.size)
        wrong.push(`\`${key}\` ${found ? 'was changed by something else' : 'is missing'}`)
    }
    return wrong
  })
  if (wrong.length === 0) return
  const more = wrong.length > 10 ? [`and ${wrong.length - 10} more`] : []
  throw new DistillError(
    'TRANSFER_FAILED',
    `\`${store.name}\` doesn't hold what was just published: ${[...wrong.slice(0, 10), ...more].join(', ')}`,
    {
      hint: 'Is something else writing there? Nothing was deleted. Publish again: it repairs what differs.',
    },
  )
}
