import { DistillError } from '../../errors.ts'
import { mergeJoin } from '../plan/merge-join.ts'
import type { Plan } from '../plan/plan.ts'
import { isWritten } from '../state/record.ts'
import { withListing } from '../store/listing.ts'
import type { Store } from '../store/store.ts'
import type { Journal } from './journal.ts'

/**
 * Lists the target again after the uploads, and checks that every object of the site is there as it was written.
 * Adds the dates in the listing to the records of the uploads, and notes which of the plan's missing keys are
 * missing again: one incomplete listing must not make orphans that nobody owns.
 * @param firstKey The first key that matters
 * @throws {DistillError} `TRANSFER_FAILED` for objects that are missing or were changed by something else
 */
export async function compareListing(
  store: Store,
  firstKey: string | undefined,
  plan: Plan,
  journal: Journal,
): Promise<void> {
  const deletes = new Set(plan.entries.flatMap(({ action, key }) => (action === 'delete' ? [key] : [])))
  const wrong = await withListing(store, firstKey, async (objects) => {
    const wrong: string[] = []
    const gone = new Set(plan.missing)
    for await (const batch of mergeJoin(objects, journal.records(), [])) {
      for (const { key, a: found, b: expected } of batch) {
        if (plan.missing.has(key)) {
          if (found) gone.delete(key)
          continue
        }
        if (!isWritten(expected) || deletes.has(key)) continue
        const uploaded = journal.written.get(key)
        if (uploaded && found) uploaded.modified = found.modified
        if (found?.etag !== expected.etag || found.size !== expected.size)
          wrong.push(`\`${key}\` ${found ? 'was changed by something else' : 'is missing'}`)
      }
    }
    if (wrong.length === 0) journal.gone = gone
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
