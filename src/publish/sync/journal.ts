import { compareKeys } from '../../keys.ts'
import type { PlanEntry } from '../plan/entry.ts'
import type { Plan } from '../plan/plan.ts'
import { isWritten, type StateRecord, type WrittenRecord } from '../state/record.ts'
import type { State } from '../state/state.ts'

/** What a publish has done so far, and the records that the state should hold at this moment. */
export class Journal {
  /** The uploaded objects. */
  readonly written = new Map<string, WrittenRecord>()
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
   * Whether keys will be written that no publish wrote before. A pending record has to be in the state
   * first: otherwise a publish that dies leaves objects that nobody owns, and that nobody ever deletes.
   */
  get needsPendingRecords(): boolean {
    return this.#plan.entries.some(
      ({ action, file, record, replaces }) =>
        action !== 'keep' && file !== undefined && replaces !== undefined && !isWritten(record),
    )
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
    const { entries, dropped } = this.#plan
    let next = 0
    for (const record of this.#state?.records() ?? []) {
      for (; next < entries.length && compareKeys(entries[next]!.key, record.key) < 0; next++)
        yield* this.#recordOf(entries[next]!, undefined)
      if (entries[next]?.key === record.key) yield* this.#recordOf(entries[next++]!, record)
      else if (!dropped.has(record.key) && !this.#isForgotten(record.key)) yield this.#withMark(record)
    }
    for (; next < entries.length; next++) yield* this.#recordOf(entries[next]!, undefined)
  }

  /** None or one. */
  *#recordOf(entry: PlanEntry, old: StateRecord | undefined): Generator<StateRecord, void, undefined> {
    const record = this.#current(entry, old)
    if (record) yield isWritten(record) ? this.#withVerification(record) : record
  }

  #current(
    { key, action, file, recordAs, replaces }: PlanEntry,
    old: StateRecord | undefined,
  ): StateRecord | undefined {
    const written = this.written.get(key)
    if (written) return written
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

  #isForgotten(key: string): boolean {
    return this.gone.has(key) && !this.#unpurged.has(key)
  }

  #withVerification(record: WrittenRecord): WrittenRecord {
    const unverified = this.unverified ? this.unverified.has(record.key) : record.unverified === true
    return { ...this.#withMark(record), unverified: unverified ? true : undefined }
  }

  #withMark<T extends StateRecord>(record: T): T {
    return this.#wrong.has(record.key) ? { ...record, wrong: true } : record
  }
}
