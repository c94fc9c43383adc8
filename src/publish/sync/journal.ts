import { compareKeys } from '../../keys.ts'
import type { PlanEntry } from '../plan/entry.ts'
import type { Plan } from '../plan/plan.ts'
import type { HeadersByHash } from '../state/range.ts'
import {
  isWritten,
  writtenRecord,
  type StateRecord,
  type StoredFacts,
  type WrittenRecord,
} from '../state/record.ts'
import type { RecordChange } from '../state/rewrite.ts'
import type { State } from '../state/state.ts'

/** What a publish has done so far, and the records that the state should hold at this moment. */
export class Journal {
  /** The uploaded objects. Their records are made when they are read: a first publish may have a million of them. */
  readonly written = new Map<string, StoredFacts>()
  readonly removed = new Set<string>()
  /** Orphans that were left alone, because something else has replaced them since the plan was made. */
  readonly replaced = new Set<string>()
  /** Recorded keys that two listings lack: their records are dropped. */
  gone: ReadonlySet<string> = new Set()
  /**
   * Keys still to be verified at the public address, or only to be purged where nothing is verified; `undefined` where
   * neither is done.
   */
  readonly unverified: Set<string> | undefined
  /** How many files were found at the public address as they were published. */
  verified = 0
  /** The addresses at which only a cache still serves what was deleted. */
  stillCached: readonly string[] = []
  /** An upload began. Even if it failed, the storage may have done it. */
  uploadStarted = false
  /** Keys of objects that are not served as published, and have to be uploaded again. */
  readonly #wrong = new Set<string>()
  /** Keys without an object that are still to be purged: until then, their records stay. */
  readonly #unpurged: Set<string>
  readonly #verifies: boolean
  readonly #plan: Plan
  readonly #state: State | undefined

  /** @param state The one that the plan was made with */
  constructor(plan: Plan, state: State | undefined, verifies: boolean, purges = false) {
    this.#plan = plan
    this.#state = state
    this.#verifies = verifies
    const deletes = plan.entries.filter(({ action }) => action === 'delete').map(({ key }) => key)
    this.#unpurged = new Set(purges ? [...plan.missing, ...deletes] : [])
    if (verifies || purges)
      this.unverified = new Set(plan.entries.filter(({ file }) => file).map(({ key }) => key))
  }

  /** A file was found at the public address as it was published. */
  markVerified(key: string): void {
    this.verified++
    this.unverified?.delete(key)
  }

  /** No cache has an old response for these keys any more. */
  markPurged(keys: Iterable<string>): void {
    for (const key of keys) {
      this.#unpurged.delete(key)
      if (!this.#verifies) this.unverified?.delete(key)
    }
  }

  /**
   * A file was found at the public address otherwise than it was published, and not because of a cache. What a publish
   * wrote and nobody found yet is right as far as the storage knows: then the address may be wrong.
   */
  markWrong(key: string): void {
    const entry = this.#plan.entries.find((entry) => entry.key === key && entry.file)
    if (!entry || (entry.action === 'keep' && entry.record)) this.#wrong.add(key)
  }

  /**
   * Whether the state has to say first what will be written: otherwise a publish that dies leaves objects that nobody
   * owns, and that nobody ever deletes.
   */
  get needsPendingRecords(): boolean {
    return !this.pending().next().done
  }

  /** Whether the state in the target is out of date. */
  get stateIsOutdated(): boolean {
    const { entries, stateChanged } = this.#plan
    return (
      stateChanged ||
      this.uploadStarted ||
      this.removed.size > 0 ||
      this.#wrong.size > 0 ||
      this.replaced.size > 0 ||
      entries.some(
        ({ key, action, file }) => action === 'keep' && file && this.unverified?.has(key) === false,
      )
    )
  }

  /** The records that the state should hold now, sorted by key. */
  *records(): Generator<StateRecord, void, undefined> {
    const changing = this.changes()
    let next = changing.next()
    const take = (old?: StateRecord) => {
      const record = next.value!.recordAfter(old)
      next = changing.next()
      return record
    }
    for (const record of this.#state?.records() ?? []) {
      while (!next.done && compareKeys(next.value.key, record.key) < 0) yield* some(take())
      yield* some(!next.done && next.value.key === record.key ? take(record) : record)
    }
    while (!next.done) yield* some(take())
  }

  /** The keys whose records may differ from those of the state that the plan was made with, sorted. */
  *changes(): Generator<RecordChange, void, undefined> {
    const { entries, dropped } = this.#plan
    const others = [...new Set([...dropped, ...this.gone, ...this.#wrong])].sort(compareKeys)
    let next = 0
    for (const entry of entries) {
      for (; next < others.length && compareKeys(others[next]!, entry.key) < 0; next++)
        yield this.#changeOf(others[next]!)
      if (others[next] === entry.key) next++
      yield { key: entry.key, recordAfter: (old) => this.#recordOf(entry, old) }
    }
    for (; next < others.length; next++) yield this.#changeOf(others[next]!)
  }

  /** Pending records of the keys that no publish wrote before, and marked ones of the objects to be replaced. */
  *pending(): Generator<RecordChange, void, undefined> {
    for (const { key, action, file, record, replaces } of this.#plan.entries) {
      if (action === 'keep' || !file || replaces === undefined) continue
      if (!isWritten(record)) {
        const pending = { key, kind: file.kind, headersHash: file.headersHash, replaces }
        yield { key, recordAfter: () => pending }
      } else if (!record.replacing && (replaces === null || replaces === record.etag)) {
        yield { key, recordAfter: () => ({ ...record, replacing: true }) }
      }
    }
  }

  /** The headers of the site's files. */
  get headers(): HeadersByHash {
    return this.#plan.headers
  }

  /** The change of a key that has no entry in the plan. */
  #changeOf(key: string): RecordChange {
    const isGone = this.#plan.dropped.has(key) || (this.gone.has(key) && !this.#unpurged.has(key))
    return { key, recordAfter: (old) => (old && !isGone ? this.#withMark(old) : undefined) }
  }

  #recordOf(entry: PlanEntry, old: StateRecord | undefined): StateRecord | undefined {
    const record = this.#current(entry, old)
    return record && isWritten(record) ? this.#withVerification(record) : record
  }

  #current(
    { key, action, file, recordAs, replaces }: PlanEntry,
    old: StateRecord | undefined,
  ): StateRecord | undefined {
    const stored = this.written.get(key)
    if (stored && file) return writtenRecord(file, stored)
    if (action === 'delete') {
      const isGone = this.removed.has(key) && !this.#unpurged.has(key)
      return isGone || this.replaced.has(key) ? undefined : old
    }
    if (action === 'keep') return recordAs ?? old
    if (isWritten(old) || !file) return old
    // The target was not listed: a pending record could one day delete an unmanaged object.
    if (replaces === undefined) return old
    return { key, kind: file.kind, headersHash: file.headersHash, replaces }
  }

  #withVerification(record: WrittenRecord): WrittenRecord {
    const unverified = this.unverified ? this.unverified.has(record.key) : record.unverified === true
    return { ...this.#withMark(record), unverified: unverified ? true : undefined }
  }

  #withMark<T extends StateRecord>(record: T): T {
    return this.#wrong.has(record.key) ? { ...record, wrong: true } : record
  }
}

/** None or one. */
const some = <T>(item: T | undefined): T[] => (item === undefined ? [] : [item])
