import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzipSync, gzip } from 'node:zlib'
import { DistillError } from '../../errors.ts'
import { ownKeys } from '../../keys.ts'
import type { StateRecord } from './record.ts'
import { fromRow, toRow } from './row.ts'

/** The keys of all ranges start with this. */
export const rangeKeys = `${ownKeys}ranges/`

/** The key of a range. */
export const rangeKey = (name: string): string => `${rangeKeys}${name}.gz`

/** A range of a state, as its index lists it. */
export interface RangeRef {
  /** Of the content: the first 32 hex digits of the SHA-256 of its bytes. */
  name: string
  /** The key of its first record. */
  first: string
  /** How many records it has. */
  count: number
}

/** What a `headersHash` stands for. */
export interface StoredHeaders {
  headers: Readonly<Record<string, string>>
  /** Where a redirect leads to. */
  redirect?: string
}

/** Headers by their hash. */
export type HeadersByHash = ReadonlyMap<string, StoredHeaders>

const compress = promisify(gzip)
const newline = 10

/** The name of a range with this content. */
export const nameOf = (body: Uint8Array): string =>
  createHash('sha256').update(body).digest('hex').slice(0, 32)

/** Headers that these records have, as JSON can hold them. */
export function headersOf(records: readonly StateRecord[], known: HeadersByHash) {
  const used = new Map<string, StoredHeaders>()
  for (const { headersHash } of records) {
    const stored = used.has(headersHash) ? undefined : known.get(headersHash)
    if (stored) used.set(headersHash, stored)
  }
  return Object.fromEntries([...used].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Makes a range: gzip of a line with the headers, and a line for each record. */
export async function encodeRange(
  records: readonly StateRecord[],
  known: HeadersByHash,
): Promise<{ ref: RangeRef; body: Uint8Array<ArrayBuffer> }> {
  const lines = [headersOf(records, known), ...records.map(toRow)].map((line) => `${JSON.stringify(line)}\n`)
  // Hashes do not compress: a higher level takes longer and saves nothing.
  const body = new Uint8Array(await compress(lines.join(''), { level: 1 }))
  return { ref: { name: nameOf(body), first: records[0]!.key, count: records.length }, body }
}

/**
 * The content of a range. Records are parsed one by one: a range has thousands.
 * @throws {DistillError} `STATE_DAMAGED`, while the records are read, too
 */
export function decodeRange(body: Uint8Array): { headers: HeadersByHash; records: Iterable<StateRecord> } {
  try {
    const text = gunzipSync(body)
    const first = text.indexOf(newline)
    const headers = JSON.parse(text.toString('utf8', 0, first)) as Record<string, StoredHeaders>
    return { headers: new Map(Object.entries(headers)), records: rowsAfter(text, first + 1) }
  } catch (cause) {
    throw unreadableError(cause)
  }
}

function* rowsAfter(text: Buffer, start: number): Generator<StateRecord, void, undefined> {
  while (start < text.length) {
    const stop = text.indexOf(newline, start)
    yield rowIn(text.toString('utf8', start, stop))
    start = stop + 1
  }
}

function rowIn(line: string): StateRecord {
  try {
    return fromRow(JSON.parse(line))
  } catch (cause) {
    throw unreadableError(cause)
  }
}

/** The name of a range proves that it is whole: this one was not written by a publish. */
const unreadableError = (cause: unknown) =>
  new DistillError('STATE_DAMAGED', "a range of the target's state cannot be read", {
    hint: `Something else wrote it. Put \`${ownKeys}\` back as it was, if the storage keeps versions. Or remove \`${ownKeys}state.json\`: then nothing is deleted, and everything there is unmanaged.`,
    cause,
  })
