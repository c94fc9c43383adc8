import { compareKeys } from '../../keys.ts'
import type { Action } from '../change.ts'
import { decodeRange, type HeadersByHash, type RangeRef, type StoredHeaders } from './range.ts'
import type { StateRecord } from './record.ts'

/** What a target held after a publish, so that it can be put back. */
export interface Release {
  /** Counts up with each. */
  release: number
  /** When its site was built, ISO 8601. */
  createdAt: string
  /** When it was published, ISO 8601. */
  publishedAt: string
  /** How many keys that publish changed, by action. */
  counts: Record<Exclude<Action, 'keep'>, number>
  /** The release that it put back, where it is a rollback. */
  of?: number
  /** The names of the ranges that list it. */
  ranges: readonly string[]
}

/** What a state says of the site as a whole. The bucket may be public: nothing in a state is secret. */
export interface StateHeader {
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
  /** How many requests at a time the last publish found the storage to allow. */
  concurrency?: number
  /**
   * What all recorded pages depend on, so that a build without the last site can keep them. Undefined where they may
   * not be of one build.
   */
  build?: string
  /** The newest first. The first is what the last publish of the whole site left. */
  releases?: readonly Release[]
}

/** A range of a state. Its content is missing where only some ranges were read. */
export interface Range {
  ref: RangeRef
  body?: Uint8Array<ArrayBuffer>
}

interface StateContent {
  header: StateHeader
  damaged?: boolean
  ranges?: readonly Range[]
  inline?: () => Iterable<StateRecord>
  inlineHeaders?: HeadersByHash
  unused?: readonly string[]
}

/**
 * What a target records of its publishes: which keys are the site's, what was written there, and the ETag, size
 * and date that the storage gave it. While a listing still shows these, the object is what was written.
 *
 * Records are in ranges, which stay compressed in memory: a million records take less there than a million objects.
 * Those of a small state, and those that a publish is about to write, are in the index itself.
 */
export class State {
  readonly header: StateHeader
  /** A part of it could not be read: the state then has no records. */
  readonly damaged: boolean
  readonly ranges: readonly Range[]
  /** The records in the index, sorted by key. Each replaces the one that a range has. */
  readonly inline: () => Iterable<StateRecord>
  /** Those of the records in the index. */
  readonly inlineHeaders: HeadersByHash
  /** Names of ranges that publishes of a few pages have replaced and not removed. */
  readonly unused: readonly string[]

  constructor({
    header,
    damaged = false,
    ranges = [],
    inline = () => [],
    inlineHeaders = new Map(),
    unused = [],
  }: StateContent) {
    this.header = header
    this.damaged = damaged
    this.ranges = ranges
    this.inline = inline
    this.inlineHeaders = inlineHeaders
    this.unused = unused
  }

  /** All headers that the state has. */
  headers(): HeadersByHash {
    const found = new Map(this.inlineHeaders)
    for (const { body } of this.ranges)
      if (body) for (const [hash, stored] of decodeRange(body).headers) found.set(hash, stored)
    return found
  }

  /** All records that were read, sorted by key. Each call reads the ranges again. */
  *records(): Generator<StateRecord, void, undefined> {
    for (const { record } of this.stored()) yield record
  }

  /** All records that were read, sorted by key, with their headers where the state has them. */
  *stored(): Generator<{ record: StateRecord; stored: StoredHeaders | undefined }, void, undefined> {
    const withHeaders = (record: StateRecord, headers: HeadersByHash) => ({
      record,
      stored: headers.get(record.headersHash),
    })
    const inline = this.inline()[Symbol.iterator]()
    let next = inline.next()
    for (const { body } of this.ranges) {
      if (!body) continue
      const { headers, records } = decodeRange(body)
      for (const record of records) {
        for (; !next.done && compareKeys(next.value.key, record.key) < 0; next = inline.next())
          yield withHeaders(next.value, this.inlineHeaders)
        if (next.done || next.value.key !== record.key) yield withHeaders(record, headers)
      }
    }
    for (; !next.done; next = inline.next()) yield withHeaders(next.value, this.inlineHeaders)
  }
}
