import { cursor, firstKey } from './cursor.ts'
import type { PlanEntry, Plan } from '../plan/plan.ts'
import { isWritten, type State, type StateRecord, type Written } from '../state/state.ts'

/** What a publish has done so far, and so what the state has to say at any moment of it. */
export class Journal {
  /** What was uploaded. */
  readonly done = new Map<string, Written>()
  readonly removed = new Set<string>()
  /** What is still to be seen at the public address; `undefined` where nobody looks. */
  readonly unseen: Set<string> | undefined
  /** An upload was begun: even if it failed, it may have been carried out. */
  begun = false
  /** How many files were found at the public address as they were published. */
  seen = 0
  readonly #plan: Plan
  readonly #state: State | undefined

  /** `state` is what the plan was made with. */
  constructor(plan: Plan, state: State | undefined, verifies: boolean) {
    this.#plan = plan
    this.#state = state
    if (verifies) this.unseen = new Set(plan.entries.filter(({ file }) => file).map(({ key }) => key))
  }

  /** A file was found at the public address as it was published. */
  see(key: string): void {
    this.seen++
    this.unseen?.delete(key)
  }

  /**
   * Whether objects will be written that the state doesn't call the site's yet. It has to say so first: else a
   * publish that dies leaves objects that nobody owns, and so nobody ever deletes.
   */
  get claims(): boolean {
    return this.#plan.entries.some(
      ({ action, file, record, replaces }) =>
        action !== 'keep' && file !== undefined && replaces !== undefined && !isWritten(record),
    )
  }

  /** Whether the state in the target no longer says how things are. */
  get isNews(): boolean {
    const { entries, stateChanged } = this.#plan
    return (
      stateChanged ||
      this.begun ||
      this.removed.size > 0 ||
      entries.some(({ key, action, file }) => action === 'keep' && file && this.unseen?.has(key) === false)
    )
  }

  /** The state's records, sorted by key. */
  *records(): Generator<StateRecord, void, undefined> {
    const known = cursor(this.#state?.records() ?? [])
    const entries = cursor(this.#plan.entries)
    for (let key; (key = firstKey(known.key, entries.key)) !== undefined;) {
      const record = known.take(key)
      const entry = entries.take(key)
      if (this.#plan.forgotten.has(key)) continue
      const now = entry ? this.#now(entry, record) : record
      if (now) yield entry && isWritten(now) ? this.#marked(now) : now
    }
  }

  #now(
    { key, action, file, recordAs, replaces }: PlanEntry,
    record: StateRecord | undefined,
  ): StateRecord | undefined {
    const done = this.done.get(key)
    if (done) return done
    if (action === 'delete') return this.removed.has(key) ? undefined : record
    if (action === 'keep') return recordAs ?? record
    if (isWritten(record) || !file) return record
    // Where nobody looked at what is there, claiming it could one day delete what is somebody else's.
    if (replaces === undefined) return record
    return { key, kind: file.kind, headersHash: file.headersHash, replaces }
  }

  #marked({ unverified, ...record }: Written): Written {
    const unseen = this.unseen ? this.unseen.has(record.key) : unverified === true
    return unseen ? { ...record, unverified: true } : record
  }
}
