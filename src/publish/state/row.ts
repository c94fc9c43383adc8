import type { Encoding } from '../../target-options.ts'
import type { FileKind } from '../site/site.ts'
import { isWritten, type StateRecord, type WrittenRecord } from './record.ts'

const letters: Record<FileKind, string> = { hashed: 'h', asset: 'a', page: 'p', redirect: 'r' }
const kindOf = new Map(Object.entries(letters).map(([kind, letter]) => [letter, kind as FileKind]))

/** What few records have, under short names. */
interface Extras {
  u?: 1
  w?: 1
  e?: Encoding
  l?: { deploy: number; at: number }
  o?: 1
  r?: 1
  p?: string
}

/** A record as a state holds it: an array of JSON values. */
export function toRow(record: StateRecord): unknown[] {
  const { key, kind, headersHash } = record
  if (!isWritten(record)) return [key, letters[kind], headersHash, record.replaces]
  const { sha256, etag, size, modified } = record
  return [key, letters[kind], headersHash, etag, size, modified ?? null, sha256, ...toExtras(record)]
}

/** A bare 1 stands for `{ u: 1 }`, the most frequent case. */
function toExtras(record: WrittenRecord): [] | [1] | [Extras] {
  const { unverified, wrong, encoding, left, loose, replacing, page } = record
  if (!wrong && encoding === undefined && left === undefined && !loose && !replacing && page === undefined)
    return unverified ? [1] : []
  const flag = (given: true | undefined) => (given ? 1 : undefined)
  return [
    {
      u: flag(unverified),
      w: flag(wrong),
      e: encoding,
      l: left,
      o: flag(loose),
      r: flag(replacing),
      p: page,
    },
  ]
}

/**
 * Reads a record.
 * @throws where it is none
 */
export function fromRow(row: unknown): StateRecord {
  const [key, letter, headersHash, etag, size, modified, sha256, extras] = row as unknown[]
  const kind = kindOf.get(letter as string)
  if (typeof key !== 'string' || kind === undefined || typeof headersHash !== 'string') throw invalidRow()
  if (size === undefined && (typeof etag === 'string' || etag === null))
    return { key, kind, headersHash, replaces: etag }
  if (typeof etag !== 'string' || typeof size !== 'number' || typeof sha256 !== 'string') throw invalidRow()
  const { u, w, e, l, o, r, p } = (
    typeof extras === 'object' && extras !== null ? extras : { u: extras }
  ) as Extras
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
    loose: o === 1 ? true : undefined,
    replacing: r === 1 ? true : undefined,
    page: p,
  }
}

const invalidRow = () => new Error('the state has an invalid record')
