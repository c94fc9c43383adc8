import { compareKeys } from '../../keys.ts'
import type { Encoding } from '../../target-options.ts'
import type { FileKind } from '../site/site.ts'

/**
 * What a target remembers of its publishes: which keys are the site's, what was written there, and what
 * the storage answered. While a listing still shows that answer, the object is what was written.
 * The bucket may be public, so nothing in here is a secret.
 */
export interface StateHeader {
  version: 1
  siteId: string
  /** When the published site was built. */
  createdAt: string
  /** When this was written. */
  publishedAt: string
  /** Unlike any other state's, so that one can tell its own write from somebody else's. */
  run: string
  /** How many builds were published here, this one counted. */
  deploy?: number
}

/** An object that a publish wrote. */
export interface Written {
  key: string
  kind: FileKind
  /** Of the file it was made from. */
  sha256: string
  /** The hash of the headers it was stored with; empty where the storage keeps none. */
  headersHash: string
  etag: string
  size: number
  /** Undefined where the storage was not asked after the write. */
  modified?: number
  /** It was not yet seen to be served through `publicUrl`. */
  unverified?: true
  /** How its content is compressed; `size` and `etag` are then of what was stored, `sha256` of the file. */
  encoding?: Encoding
  /** The first publish of a site that no longer had it: by its number, and when it was, in milliseconds. */
  left?: { deploy: number; at: number }
}

/**
 * An object that a publish was about to write where the site had none. Recorded before the first
 * upload: should the publish die, the next one knows that the object may be its own.
 */
export interface Pending {
  key: string
  kind: FileKind
  headersHash: string
  /** The ETag of the foreign object in its place, if any: while that is there, nothing was written. */
  replaces: string | null
}

export type StateRecord = Written | Pending

export const isWritten = (record: StateRecord | undefined): record is Written =>
  record !== undefined && 'sha256' in record

export interface State {
  header: StateHeader
  /** Sorted by key; reads the text once more at each call, since a million records are best kept as text. */
  records(): Generator<StateRecord, void, undefined>
}

const newline = 10
const end = ']}'

/**
 * The text of a state: one JSON document, laid out with a record on each line. `records` must be sorted, and
 * the same at each call. They are read twice, so that the text of a million of them is in memory once.
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
    yield `${separator}${JSON.stringify(columns(record))}`
    separator = ',\n'
  }
  yield `\n${end}\n`
}

const kinds: Record<FileKind, string> = { hashed: 'h', asset: 'a', page: 'p', redirect: 'r' }
const kindOf = new Map(Object.entries(kinds).map(([kind, letter]) => [letter, kind as FileKind]))

function columns(record: StateRecord): unknown[] {
  const { key, kind, headersHash } = record
  if (!isWritten(record)) return [key, kinds[kind], headersHash, record.replaces]
  const { sha256, etag, size, modified } = record
  return [key, kinds[kind], headersHash, etag, size, modified ?? null, sha256, ...rest(record)]
}

/** What few records have: a number that says that it is unverified and nothing else, or an object. */
function rest({ unverified, encoding, left }: Written): [] | [1] | [Rest] {
  if (encoding === undefined && left === undefined) return unverified ? [1] : []
  return [{ ...(unverified && { u: 1 }), ...(encoding && { e: encoding }), ...(left && { l: left }) }]
}

interface Rest {
  u?: 1
  e?: Encoding
  l?: { deploy: number; at: number }
}

/** Reads a state; `undefined` where it is damaged or of a version that this one doesn't know. */
export function parseState(body: Uint8Array<ArrayBuffer>): State | undefined {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  try {
    const firstLine = text.toString('utf8', 0, text.indexOf(newline))
    const { objects: _, ...header } = JSON.parse(firstLine + end) as StateHeader & { objects: unknown }
    if (header.version !== 1 || typeof header.siteId !== 'string') return undefined
    const records = () => readRecords(text, firstLine)
    // Read once for the damage alone, which must not come to light half-way through a plan.
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
    yield record(JSON.parse(line.endsWith(',') ? line.slice(0, -1) : line))
  }
}

function record(value: unknown): StateRecord {
  const [key, letter, headersHash, etag, size, modified, sha256, more] = value as unknown[]
  const kind = kindOf.get(letter as string)
  if (typeof key !== 'string' || kind === undefined || typeof headersHash !== 'string') throw damaged()
  if (size === undefined && (typeof etag === 'string' || etag === null))
    return { key, kind, headersHash, replaces: etag }
  if (typeof etag !== 'string' || typeof size !== 'number' || typeof sha256 !== 'string') throw damaged()
  const { u, e, l } = typeof more === 'object' && more !== null ? (more as Rest) : { u: more as Rest['u'] }
  return {
    key,
    kind,
    headersHash,
    etag,
    size,
    sha256,
    ...(typeof modified === 'number' && { modified }),
    ...(u === 1 && { unverified: true }),
    ...(e !== undefined && { encoding: e }),
    ...(l !== undefined && { left: l }),
  }
}

const damaged = () => new Error('the state is damaged')
