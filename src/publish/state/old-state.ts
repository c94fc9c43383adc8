import { compareKeys } from '../../keys.ts'
import type { StateRecord } from './record.ts'
import { fromRow } from './row.ts'
import type { StateHeader } from './state.ts'

const newline = 10
const end = ']}'

/** A state of version 1: one JSON document with a record on each line. The next write replaces it. */
export interface OldState {
  header: StateHeader
  /** Undefined if a record cannot be read. Each call parses the text again. */
  records: (() => Iterable<StateRecord>) | undefined
}

/** Reads a state of version 1. `undefined` where not even its first line can be read. */
export function parseOldState(body: Uint8Array<ArrayBuffer>): OldState | undefined {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const firstLine = text.toString('utf8', 0, text.indexOf(newline))
  const header = parseHeader(firstLine)
  if (!header) return undefined
  const records = () => readRecords(text, firstLine)
  // Read all records once now: damage must not come to light in the middle of a plan.
  return { header, records: isReadable(records()) ? records : undefined }
}

function parseHeader(firstLine: string): StateHeader | undefined {
  try {
    const { objects: _, version: __, ...header } = JSON.parse(firstLine + end) as Record<string, unknown>
    return typeof header.siteId === 'string' ? (header as unknown as StateHeader) : undefined
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
    yield fromRow(JSON.parse(line.endsWith(',') ? line.slice(0, -1) : line))
  }
}
