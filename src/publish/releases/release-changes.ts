import { mergeJoin } from '../plan/merge-join.ts'
import { isWritten } from '../state/record.ts'
import type { State } from '../state/state.ts'

/** How a release differs from the one before it. Keys are sorted. */
export interface ReleaseChanges {
  added: string[]
  changed: string[]
  removed: string[]
}

/** Compares two releases. Ranges that both have need not be in either. */
export async function changesBetween(before: State, after: State): Promise<ReleaseChanges> {
  const changes: ReleaseChanges = { added: [], changed: [], removed: [] }
  for await (const batch of mergeJoin(recordsOf(before), recordsOf(after), [])) {
    for (const { key, a: old, b: now } of batch) {
      if (!old) changes.added.push(key)
      else if (!now) changes.removed.push(key)
      else if (old.sha256 !== now.sha256 || old.headersHash !== now.headersHash) changes.changed.push(key)
    }
  }
  return changes
}

function* recordsOf(state: State) {
  for (const record of state.records()) if (isWritten(record) && !record.left) yield record
}
