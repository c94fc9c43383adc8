import type { SyncInput } from './sync-input.ts'
import { withProgress } from './with-progress.ts'

/**
 * Purges what was uploaded, and what an earlier publish wrote and did not see verified or purged. So are keys whose
 * objects are gone: that publish may have deleted them.
 */
export async function purgeWritten(input: SyncInput): Promise<void> {
  const { plan, journal } = input
  const written = plan.entries.flatMap(({ key, file }) => (file ? [key] : []))
  await purge(input, [...written, ...journal.gone])
}

/** Purges what was deleted. */
export async function purgeRemoved(input: SyncInput): Promise<void> {
  await purge(input, [...input.journal.removed])
}

async function purge({ purge, journal, signal, progress }: SyncInput, keys: string[]): Promise<void> {
  if (!purge || keys.length === 0) return
  await withProgress(progress(`Purging ${purge.name}`), () => purge.purge(keys, signal))
  journal.markPurged(keys)
}
