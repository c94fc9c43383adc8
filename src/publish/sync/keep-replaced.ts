import { keepObjects } from '../releases/kept.ts'
import { isWritten, type WrittenRecord } from '../state/record.ts'
import type { SyncInput } from './sync-input.ts'
import { withProgress } from './with-progress.ts'

/** Copies what the plan overwrites or deletes to where releases keep it, if they do and need it. */
export async function keepReplaced({ plan, keeps, headers, store, progress }: SyncInput): Promise<void> {
  if (!keeps) return
  const replaced = plan.entries.flatMap(({ action, record, replaces, etag }): WrittenRecord[] => {
    if (action === 'keep' || !isWritten(record) || record.loose) return []
    // What something else wrote there is no part of a release.
    return record.etag === (action === 'delete' ? etag : replaces) ? [record] : []
  })
  if (replaced.length === 0) return
  await withProgress(progress('Keeping what is replaced', replaced.length), (bar) =>
    keepObjects(replaced, headers(), store, () => bar.tick()),
  )
}
