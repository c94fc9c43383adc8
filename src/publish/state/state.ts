import { compareKeys } from '../../keys.ts'
import type { Encoding } from '../../target-options.ts'
import type { FileKind } from '../site/site.ts'
import { isWritten, type StateRecord, type WrittenRecord } from './record.ts'

/**
 * What a target records of its publishes: which keys are the site's, what was written there, and the ETag, size
 * and date that the storage gave it. While a listing still shows these, the object is what was written. The
 * bucket may be public: nothing in here is secret.
 */
export interface StateHeader {
  version: 1
  siteId: string
  /** When the published site was built, ISO 8601. */
  createdAt: string
  /** When this state was written, ISO 8601. */
  publishedAt: string
  /** Unique, so that a publish can tell its own write from another's. */
  run: string
  /** How many builds were published here, this one included. */
  deploy?: number
}

export interface State {
  header: StateHeader
  /** Sorted by key. Each call parses the text again: it takes less memory than a million objects. */
  records(): Generator<StateRecord, void, undefined>
}

const newline = 10
const end = ']}'

/**
 * The text of a state: one JSON document with a record on each line. `records` is called twice and must return
 * the same, sorted by key: the text of a million records is then in memory once.
 */
export function formatState(
  header: StateHeader,
  records: () => Iterable<StateRecord>,
): Uint8Array<ArrayBuffer> {
  let size = 0
  for (const part of stateText(header, records())) size += Buffer.byteLength(part)
  const body = new Uint8Array(size)
  const buffer = Buffer.from(body.buffer)
  let at = 0
  for (const part of stateText(header, records())) at += buffer.write(part, at)
  return body
}

function* stateText(header: StateHeader, records: Iterable<StateRecord>): Generator<string, void, undefined> {
  yield `${JSON.stringify(header).slice(0, -1)},"objects":[`
  let separator = '\n'
  for (const record of records) {
    yield `${separator}${JSON.stringify(toColumns(record))}`
    separator = ',\n'
  }
  yield `\n${end}\n`
}

const letters: Record<FileKind, string> = { hashed: 'h', asset: 'a', page: 'p', redirect: 'r' }
const kindOf = new Map(Object.entries(letters).map(([kind, letter]) => [letter, kind as FileKind]))

/** What few records have, under short names. */
interface Extras {
  u?: 1
  e?: Encoding
  l?: { deploy: number; at: number }
}

function toColumns(record: StateRecord): unknown[] {
  const { key, kind, headersHash } = record
  if (!isWritten(record)) return [key, letters[kind], headersHash, record.replaces]
  const { sha256, etag, size, modified } = record
  return [key, letters[kind], headersHash, etag, size, modified ?? null, sha256, ...toExtras(record)]
}

/** A bare 1 stands for `{ u: 1 }`, the most frequent case. */
function toExtras({ unverified, encoding, left }: WrittenRecord): [] | [1] | [Extras] {
  if (encoding === undefined && left === undefined) return unverified ? [1] : []
  return [{ u: unverified ? 1 : undefined, e: encoding, l: left }]
}

/** Reads a state; `undefined` where it is damaged or of a version that this release does not know. */
export function parseState(body: Uint8Array<ArrayBuffer>): State | undefined {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  try {
    const firstLine = text.toString('utf8', 0, text.indexOf(newline))
    const { objects: _, ...header } = JSON.parse(firstLine + end) as StateHeader & { objects: unknown }
    if (header.version !== 1 || typeof header.siteId !== 'string') return undefined
    const records = () => readRecords(text, firstLine)
    // Read all records once now: damage must not come to light in the middle of a plan.
    let previous: string | undefined
    for (const { key } of records()) {
      if (previous !== undefined && compareKeys(previous, key) >= 0) return undefined
      previous = key
    }
    return { header, records }
  } catch {
    return undefined
  }
}

function* readRecords(text: Buffer, firstLine: string): Generator<StateRecord, void, undefined> {
  let start = Buffer.byteLength(firstLine) + 1
  for (;;) {
    const stop = text.indexOf(newline, start)
    if (stop < 0) throw new Error('the state was cut short')
    const line = text.toString('utf8', start, stop)
    start = stop + 1
    if (line === end) return
    yield fromColumns(JSON.parse(line.endsWith(',') ? line.slice(0, -1) : line))
  }
}

function fromColumns(columns: unknown): StateRecord {
  const [key, letter, headersHash, etag, size, modified, sha256, extras] = columns as unknown[]
  const kind = kindOf.get(letter as string)
  if (typeof key !== 'string' || kind === undefined || typeof headersHash !== 'string') throw invalidRecord()
  if (size === undefined && (typeof etag === 'string' || etag === null))
    return { key, kind, headersHash, replaces: etag }
  if (typeof etag !== 'string' || typeof size !== 'number' || typeof sha256 !== 'string')
    throw invalidRecord()
  const { u, e, l } = (typeof extras === 'object' && extras !== null ? extras : { u: extras }) as Extras
  return {
    key,
    kind,
    headersHash,
    etag,
    size,
    sha256,
    modified: typeof modified === 'number' ? modified : undefined,
    unverified: u === 1 ? true : undefined,
    encoding: e,
    left: l,
  }
}

const invalidRecord = () => new Error('the state has an invalid record')
