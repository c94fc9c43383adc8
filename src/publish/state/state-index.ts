import { compareKeys } from '../../keys.ts'
import { headersOf, type HeadersByHash, type RangeRef, type StoredHeaders } from './range.ts'
import type { StateRecord } from './record.ts'
import { fromRow, toRow } from './row.ts'
import type { Release, StateHeader } from './state.ts'

/** The version that this release writes. It reads version 1, too. */
export const stateVersion = 2

/** What the index of a state holds. */
export interface StateIndex {
  header: StateHeader
  /** In the order of their keys. */
  ranges: readonly RangeRef[]
  /** As in `State`. */
  unused: readonly string[]
  /** Sorted by key. */
  records: readonly StateRecord[]
  headers: HeadersByHash
}

/**
 * The text of an index: one JSON document. Its version comes first, so that any release can read it. Its first line has
 * the whole header.
 */
export function formatIndex({
  header,
  ranges,
  unused,
  records,
  headers,
}: StateIndex): Uint8Array<ArrayBuffer> {
  const first = JSON.stringify({ version: stateVersion, ...header }).slice(0, -1)
  const lines = (items: readonly unknown[]) => items.map((item) => `\n${JSON.stringify(item)}`).join(',')
  const parts = [
    `"ranges":[${lines(ranges)}]`,
    `"unused":${JSON.stringify(unused)}`,
    `"headers":${JSON.stringify(headersOf(records, headers))}`,
    `"records":[${lines(records.map(toRow))}]`,
  ]
  return new TextEncoder().encode(`${first},\n${parts.join(',\n')}}\n`)
}

/** The version of any state, this release's or another's: each begins with it. `undefined` for a damaged one. */
export function versionOf(body: Uint8Array<ArrayBuffer>): number | undefined {
  const start = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, 200)).toString()
  const digits = /^\s*\{\s*"version"\s*:\s*(\d+)/.exec(start)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** Reads the index of a state. `undefined` where it is damaged. */
export function parseIndex(body: Uint8Array<ArrayBuffer>): StateIndex | undefined {
  try {
    const { version, ranges, unused, headers, records, ...header } = JSON.parse(
      Buffer.from(body).toString(),
    ) as StateHeader & {
      version: number
      ranges: RangeRef[]
      unused: string[]
      headers: Record<string, StoredHeaders>
      records: unknown[]
    }
    const index: StateIndex = {
      header,
      ranges,
      unused,
      records: records.map(fromRow),
      headers: new Map(Object.entries(headers)),
    }
    const isValid =
      version === stateVersion &&
      typeof header.siteId === 'string' &&
      ranges.every(isRange) &&
      unused.every(isName) &&
      (header.releases ?? []).every(isRelease) &&
      isSorted(ranges.map(({ first }) => first)) &&
      isSorted(index.records.map(({ key }) => key))
    return isValid ? index : undefined
  } catch {
    return undefined
  }
}

/** Reads the header of a damaged index, if its first line is whole. */
export function parseHeader(body: Uint8Array<ArrayBuffer>): StateHeader | undefined {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const line = text.toString('utf8', 0, Math.max(text.indexOf(10), 0))
  try {
    const { version, ...header } = JSON.parse(line.replace(/,$/, '}')) as StateHeader & { version: number }
    const isValid =
      version === stateVersion &&
      typeof header.siteId === 'string' &&
      (header.releases ?? []).every(isRelease)
    return isValid ? header : undefined
  } catch {
    return undefined
  }
}

const isName = (name: unknown): boolean => /^[0-9a-f]{32}$/.test(String(name))

const isRange = ({ name, first, count }: RangeRef): boolean =>
  isName(name) && typeof first === 'string' && Number.isInteger(count)

const isRelease = ({ release, ranges }: Release): boolean => Number.isInteger(release) && ranges.every(isName)

const isSorted = (keys: readonly string[]): boolean =>
  keys.every((key, i) => i === 0 || compareKeys(keys[i - 1]!, key) < 0)
