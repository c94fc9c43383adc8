import { compareKeys } from '../../keys.ts'
import { decodeRange, encodeRange, type HeadersByHash, type StoredHeaders } from './range.ts'
import type { StateRecord } from './record.ts'
import type { Range } from './state.ts'

/** The record that a key has from now on. */
export interface RecordChange {
  key: string
  /** @param old The record so far. Returns `undefined` for none */
  recordAfter(old: StateRecord | undefined): StateRecord | undefined
}

/** A range that grows beyond this is split. */
const maxCount = 10_000
/** A range that shrinks below this takes in the next one. */
const minCount = 1000

/**
 * Applies changes to the ranges of a state. A range in which nothing changes stays as it is, so that a publish
 * writes only what changed.
 * @param changes Sorted by key
 * @param known The headers of changed records
 */
export async function rewriteRanges(
  ranges: readonly Range[],
  changes: Iterable<RecordChange>,
  known: HeadersByHash,
): Promise<Range[]> {
  const rewritten: Range[] = []
  const headers = new Map<string, StoredHeaders>(known)
  let rows: StateRecord[] = []
  const flush = async (count: number) => {
    if (count === 0) return
    rewritten.push(await encodeRange(rows.slice(0, count), headers))
    rows = rows.slice(count)
  }
  const add = async (record: StateRecord | undefined) => {
    if (record) rows.push(record)
    if (rows.length > maxCount) await flush(maxCount / 2)
  }

  const changing = changes[Symbol.iterator]()
  let next = changing.next()
  const precedes = (limit: string | undefined) =>
    !next.done && (limit === undefined || compareKeys(next.value.key, limit) < 0)
  const take = (old?: StateRecord) => {
    const record = next.value!.recordAfter(old)
    next = changing.next()
    return record
  }
  for (const [i, range] of ranges.entries()) {
    const limit = ranges[i + 1]?.ref.first
    const { body } = range
    if (!body && precedes(limit)) throw new Error(`the range of \`${next.value!.key}\` was not read`)
    if (!body || (rows.length === 0 && !precedes(limit))) {
      await flush(rows.length)
      rewritten.push(range)
      continue
    }
    const decoded = decodeRange(body)
    for (const [hash, stored] of decoded.headers) if (!headers.has(hash)) headers.set(hash, stored)
    for (const record of decoded.records) {
      while (precedes(record.key)) await add(take())
      await add(!next.done && next.value.key === record.key ? take(record) : record)
    }
    while (precedes(limit)) await add(take())
    if (rows.length >= minCount) await flush(rows.length)
  }
  while (!next.done) await add(take())
  await flush(rows.length)
  return rewritten
}
