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
  /** Conditional writes do not work in this storage: publishes take no lock. */
  conditions?: 'none'
  /** What all recorded pages depend on. Only builds understand it. Undefined where the pages are not of one build. */
  build?: string
}

export interface State {
  header: StateHeader
  /** A record could not be read: the state then has no records. */
  damaged?: true
  /** Sorted by key. Each call parses the text again: it takes less memory than a million objects. */
  records(): Generator<StateRecord, void, undefined>
}

/** The version that this release reads and writes. */
export const stateVersion = 1
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
  w?: 1
  e?: Encoding
  l?: { deploy: number; at: number }
  p?: string
}

function toColumns(record: StateRecord): unknown[] {
  const { key, kind, headersHash } = record
  if (!isWritten(record)) return [key, letters[kind], headersHash, record.replaces]
  const { sha256, etag, size, modified } = record
  return [key, letters[kind], headersHash, etag, size, modified ?? null, sha256, ...toExtras(record)]
}

/** A bare 1 stands for `{ u: 1 }`, the most frequent case. */
function toExtras({ unverified, wrong, encoding, left, page }: WrittenRecord): [] | [1] | [Extras] {
  if (!wrong && encoding === undefined && left === undefined && page === undefined)
    return unverified ? [1] : []
  return [{ u: unverified ? 1 : undefined, w: wrong ? 1 : undefined, e: encoding, l: left, p: page }]
}

/** The version of any state, this release's or a newer one's: each begins with it. `undefined` for a damaged one. */
export function versionOf(body: Uint8Array<ArrayBuffer>): number | undefined {
  const start = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, 200)).toString()
  const digits = /^\s*\{\s*"version"\s*:\s*(\d+)/.exec(start)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** Reads a state of this version. `undefined` where not even its first line can be read. */
export function parseState(body: Uint8Array<ArrayBuffer>): State | undefined {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const firstLine = text.toString('utf8', 0, text.indexOf(newline))
  const header = parseHeader(firstLine)
  if (!header) return undefined
  const records = () => readRecords(text, firstLine)
  // Read all records once now: damage must not come to light in the middle of a plan.
  return isReadable(records()) ? { header, records } : { header, damaged: true, *records() {} }
}

function parseHeader(firstLine: string): StateHeader | undefined {
  try {
    const { objects: _, ...header } = JSON.parse(firstLine + end) as StateHeader & { objects: unknown }
    return header.version === stateVersion && typeof header.siteId === 'string' ? header : undefined
  } catch {
    return undefined
  }
}

/** Whether all records can be read, and are in their order. */
function isReadable(records: Iterable<StateRecord>): boolean {
  try {
    let previous: string | undefined
    for (const { key } of records) {
      if (previous !== undefined && compareKeys(previous, key) >= 0) return false
      previous = key
    }
    return true
  } catch {
    return false
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
  const { u, w, e, l, p } = (typeof extras === 'object' && extras !== null ? extras : { u: extras }) as Extras
  return {
    key,
    kind,
    headersHash,
    etag,
    size,
    sha256,
    modified: typeof modified === 'number' ? modified : undefined,
    unverified: u === 1 ? true : undefined,
    wrong: w === 1 ? true : undefined,
    encoding: e,
    left: l,
    page: typeof p === 'string' ? p : undefined,
  }
}

const invalidRecord = () => new Error('the state has an invalid record')
