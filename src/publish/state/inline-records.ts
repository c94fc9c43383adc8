import { compareKeys } from '../../keys.ts'
import type { StateRecord } from './record.ts'
import type { RecordChange } from './rewrite.ts'
import type { Range, State } from './state.ts'

/** The range that a key belongs to: the last one that does not begin behind it. */
export function rangeOf(key: string, ranges: readonly Range[]): Range | undefined {
  const behind = ranges.findIndex(({ ref }) => compareKeys(ref.first, key) > 0)
  return ranges.at(behind === -1 ? -1 : Math.max(behind - 1, 0))
}

/** The records in the index that belong to a range which was read, and the others. */
export function splitInline(base: State, ranges: readonly Range[]): [StateRecord[], StateRecord[]] {
  const groups: [StateRecord[], StateRecord[]] = [[], []]
  for (const record of base.inline()) groups[rangeOf(record.key, ranges)?.body ? 0 : 1].push(record)
  return groups
}

/** Changes, and the records of an index as changes: each replaces the record that a range has. Both are sorted by key. */
export function* foldInline(
  inline: Iterable<StateRecord>,
  changes: Iterable<RecordChange>,
): Generator<RecordChange, void, undefined> {
  const records = inline[Symbol.iterator]()
  let next = records.next()
  const unchanged = (record: StateRecord): RecordChange => ({ key: record.key, recordAfter: () => record })
  for (const change of changes) {
    for (; !next.done && compareKeys(next.value.key, change.key) < 0; next = records.next())
      yield unchanged(next.value)
    if (next.done || next.value.key !== change.key) yield change
    else {
      const old = next.value
      next = records.next()
      yield { key: change.key, recordAfter: () => change.recordAfter(old) }
    }
  }
  for (; !next.done; next = records.next()) yield unchanged(next.value)
}

/** The records that changes leave, where nothing else was recorded. */
export const recordsAfter = (changes: Iterable<RecordChange>): StateRecord[] =>
  Array.from(changes, (change) => change.recordAfter(undefined)).filter((record) => record !== undefined)

/** Whether a list has at most so many items. Reads no more of it than needed. */
export function hasAtMost(items: Iterable<unknown>, count: number): boolean {
  for (const _ of items) if (count-- === 0) return false
  return true
}
