import { isMarker } from '../../backends/state-place.ts'
import { sourceOf } from '../../backends/source.ts'
import { DistillError } from '../../errors.ts'
import { ownKeys } from '../../keys.ts'
import { inParallel } from '../parallel.ts'
import { conditionalPut } from '../store/conditional-put.ts'
import type { Store } from '../store/store.ts'
import { parseOldState } from './old-state.ts'
import { foldInline, hasAtMost, rangeOf, recordsAfter, splitInline } from './inline-records.ts'
import { decodeRange, nameOf, rangeKey, rangeKeys, type HeadersByHash } from './range.ts'
import type { StateRecord } from './record.ts'
import { rewriteRanges, type RecordChange } from './rewrite.ts'
import {
  formatIndex,
  parseHeader,
  parseIndex,
  stateVersion,
  versionOf,
  type StateIndex,
} from './state-index.ts'
import { State, type Range, type Release, type StateHeader } from './state.ts'

/** The key of the state's index. */
export const stateKey = `${ownKeys}state.json`

/** The most records of a state that is in its index alone: one request reads it, and one writes it. */
const maxInline = 2500
/** The most pending records that are added to the index. More are written to their ranges. */
const maxPending = 1000
/** Ranges that are read or written at a time. */
const concurrency = 16
/** How many times the index is read if other publishes keep removing ranges that it names. */
const maxReads = 3
const hour = 60 * 60 * 1000
/** A publish of a few pages removes unused ranges once there are this many, so that few publishes need the request. */
const minUnused = 8

/** What changes in a state. */
export interface StateChanges {
  /** Sorted by key. Called more than once. */
  changes(): Iterable<RecordChange>
  /** Those of the changed records. */
  headers: HeadersByHash
}

export interface StateOptions {
  /** A few pages are published, so nothing is listed. Default: false. */
  isPart?: boolean
  /** How many releases there are besides the newest. Default: none, and no newest. */
  releases?: number
}

/**
 * The state of a target as the target holds it: an index, whose conditional write is the commit, and ranges that are
 * named by their content. Ranges that the index names are never changed.
 */
export class StateObject {
  readonly #store: Store
  readonly #isPart: boolean
  readonly #releases: number
  /** The ETag of the index that the next write replaces; `null` where there is none. */
  #etag: string | null = null
  /** What is in the target, as far as it was read or written. */
  #state: State | undefined
  /** The target has, or had, ranges. */
  #hasRanges = false

  constructor(store: Store, { isPart = false, releases = 0 }: StateOptions = {}) {
    this.#store = store
    this.#isPart = isPart
    this.#releases = releases
  }

  /**
   * Reads the state; `undefined` where there is none. A `damaged` one has no records, and may be `undefined` too.
   * @param keys Reads only the ranges that may have these keys. Default: all
   * @throws {DistillError} `STATE_UNKNOWN` for a state of a newer version, `STATE_MISPLACED` for one that is elsewhere
   */
  async read(keys?: readonly string[]): Promise<{ state: State | undefined; damaged: boolean }> {
    for (let attempt = 1; ; attempt++) {
      const object = await this.#store.get(stateKey)
      // Another publish may have removed a range after this one read the index. If not, it is lost.
      const isLast = attempt === maxReads || (attempt > 1 && object?.etag === this.#etag)
      this.#etag = object?.etag ?? null
      this.#state = undefined
      if (!object) return { state: undefined, damaged: false }
      const state = await this.#parse(object.body, keys)
      const damaged = state?.damaged ?? true
      if (damaged && state && state.ranges.length > 0 && !isLast) continue
      this.#state = damaged ? undefined : state
      return { state, damaged }
    }
  }

  /** `undefined` where not even the header can be read. */
  async #parse(
    body: Uint8Array<ArrayBuffer>,
    keys: readonly string[] | undefined,
  ): Promise<State | undefined> {
    if (isMarker(body)) throw this.#misplacedError()
    const version = versionOf(body)
    if (version !== undefined && version > stateVersion) throw this.#unknownVersionError(version)
    if (version === 1) {
      const old = parseOldState(body)
      if (!old) return undefined
      const { header, records } = old
      return records ? new State({ header, inline: records }) : new State({ header, damaged: true })
    }
    const index = parseIndex(body)
    if (index) return this.#withRanges(index, keys)
    const header = parseHeader(body)
    return header && new State({ header, damaged: true })
  }

  async #withRanges({ header, ...index }: StateIndex, keys: readonly string[] | undefined): Promise<State> {
    const ranges: Range[] = index.ranges.map((ref) => ({ ref }))
    this.#hasRanges ||= ranges.length > 0 || header.releases !== undefined
    const isWanted = keys && new Set(keys.map((key) => rangeOf(key, ranges)))
    const lost = await this.#load(ranges.filter((range) => !isWanted || isWanted.has(range)))
    return lost !== undefined
      ? new State({ header, damaged: true, ranges: ranges.map(({ ref }) => ({ ref })) })
      : new State({
          header,
          ranges,
          inline: () => index.records,
          inlineHeaders: index.headers,
          unused: index.unused,
        })
  }

  /** Reads the content of ranges. Resolves to the name of one that is missing or damaged, if any. */
  async #load(ranges: readonly Range[]): Promise<string | undefined> {
    let lost: string | undefined
    await inParallel(ranges, concurrency, async (range) => {
      if (lost !== undefined) return
      const { name } = range.ref
      const found = await this.#store.get(rangeKey(name))
      if (found && nameOf(found.body) === name) range.body = found.body
      else lost = name
    })
    return lost
  }

  #misplacedError(): DistillError {
    return new DistillError(
      'STATE_MISPLACED',
      `the state of \`${this.#store.name}\` is kept in another place`,
      {
        hint: 'Give the target the option that says where, as in the config that published there last: `stateBucket`, `stateContainer` or `statePath`.',
      },
    )
  }

  #unknownVersionError(version: number): DistillError {
    const versions = `its state has version ${version}, and this vite-distill reads version ${stateVersion}`
    return new DistillError(
      'STATE_UNKNOWN',
      `\`${this.#store.name}\` was published to by a newer vite-distill: ${versions}`,
      { hint: 'Update vite-distill, then publish again.' },
    )
  }

  /** The state that was read or written last. Call it only after one was. */
  get current(): State {
    return this.#state!
  }

  /** Whether the state in the target is still the one that was read. */
  async isCurrent(): Promise<boolean> {
    const [object] = await this.#store.list(stateKey)
    return (object?.etag ?? null) === this.#etag
  }

  /**
   * Replaces the state that was read or written last. Without conditional writes, whatever is there is replaced.
   * @param store The view of the target's store to write through
   * @param release What this state is to be listed as among the releases
   * @throws {DistillError} `LOCKED` where another publish wrote the state meanwhile
   */
  async write(
    header: StateHeader,
    changes: StateChanges,
    store = this.#store,
    release?: Omit<Release, 'ranges'>,
  ): Promise<void> {
    const base = this.#state
    const all = () => foldInline(base?.inline() ?? [], changes.changes())
    // Releases share the ranges that they have in common.
    const isSmall = this.#releases === 0 && (base?.ranges.length ?? 0) === 0 && hasAtMost(all(), maxInline)
    const state = isSmall
      ? inlineState(header, recordsAfter(all()), changes.headers, base)
      : await this.#rewrite(header, changes, base)
    await this.#commit(release ? this.#released(state, release) : state, store)
  }

  #released(state: State, release: Omit<Release, 'ranges'>): State {
    const ranges = state.ranges.map(({ ref }) => ref.name)
    const releases = [{ ...release, ranges }, ...(state.header.releases ?? [])].slice(0, this.#releases + 1)
    return new State({ ...state, header: { ...state.header, releases } })
  }

  /**
   * Reads the records of a release that the state lists.
   * @throws {DistillError} `STATE_DAMAGED`
   */
  async readRelease({ ranges: names }: Pick<Release, 'ranges'>): Promise<State> {
    const known = new Map(this.#state?.ranges.map(({ ref, body }) => [ref.name, body]))
    const ranges: Range[] = names.map((name) => ({
      ref: { name, first: '', count: 0 },
      body: known.get(name),
    }))
    const lost = await this.#load(ranges.filter(({ body }) => !body))
    if (lost === undefined) return new State({ header: this.#state!.header, ranges })
    throw new DistillError(
      'STATE_DAMAGED',
      `a release of \`${this.#store.name}\` cannot be read: \`${rangeKey(lost)}\` is missing or was changed`,
      { hint: 'Put back another release, or publish a build.' },
    )
  }

  /**
   * Adds records that the publish is about to write to the state. Where these are few, their ranges stay as they are.
   * @throws {DistillError} as {@link write}
   */
  async writePending(header: StateHeader, changes: StateChanges, store = this.#store): Promise<void> {
    const base = this.#state
    if (!base || base.ranges.length === 0 || !hasAtMost(changes.changes(), maxPending))
      return this.write(header, changes, store)
    const inline = recordsAfter(foldInline(base.inline(), changes.changes()))
    const inlineHeaders = new Map([...base.inlineHeaders, ...changes.headers])
    await this.#commit(new State({ header, ranges: base.ranges, inline: () => inline, inlineHeaders }), store)
  }

  async #rewrite(header: StateHeader, changes: StateChanges, base: State | undefined): Promise<State> {
    const old = base?.ranges ?? []
    const headers = new Map([...(base?.inlineHeaders ?? []), ...changes.headers])
    // Where only some ranges were read, the records in the index that belong to others stay there.
    const isPart = old.some(({ body }) => !body)
    const [folded, left] = isPart ? splitInline(base!, old) : [base?.inline() ?? [], []]
    const ranges = await rewriteRanges(old, foldInline(folded, changes.changes()), headers)
    const state = new State({ header, ranges, inline: () => left, inlineHeaders: headers })
    const count = ranges.reduce((sum, { ref }) => sum + ref.count, 0)
    if (isPart || count > maxInline || this.#releases > 0) return state
    for (const { body } of ranges)
      for (const [hash, stored] of decodeRange(body!).headers) headers.set(hash, stored)
    return inlineState(header, [...state.records()], headers, base)
  }

  /** Writes the new ranges of a state, then its index. */
  async #commit(state: State, store: Store): Promise<void> {
    const known = new Set(this.#state?.ranges.map(({ ref }) => ref.name))
    const created = state.ranges.filter(({ ref }) => !known.has(ref.name))
    this.#hasRanges ||= created.length > 0
    await inParallel(created, concurrency, async ({ ref, body }) => {
      const headers = { 'content-type': 'application/gzip', 'cache-control': 'no-store' }
      await store.put(rangeKey(ref.name), sourceOf(body!), { headers })
    })
    const { header, ranges, inline, inlineHeaders } = state
    const unused = this.#isPart ? await this.#unusedAfter(state, store) : []
    const index = formatIndex({
      header,
      ranges: ranges.map(({ ref }) => ref),
      unused,
      records: [...inline()],
      headers: inlineHeaders,
    })
    const result = await conditionalPut(store, stateKey, index, this.#etag)
    if (!('etag' in result)) throw this.#busyError()
    this.#etag = result.etag
    this.#state = new State({ ...state, unused })
  }

  /** The ranges that a new state no longer names. Those that the one in the target does not name may be removed. */
  async #unusedAfter({ header, ranges }: State, store: Store): Promise<readonly string[]> {
    const named = namesIn(header, ranges)
    const old = this.#state?.ranges.map(({ ref }) => ref.name) ?? []
    const dropped = old.filter((name) => !named.has(name))
    // A range that comes back has the name that it had.
    for (const name of old) named.add(name)
    const unused = (this.#state?.unused ?? []).filter((name) => !named.has(name))
    if (unused.length < minUnused) return [...unused, ...dropped]
    try {
      await store.removeAll(unused.map(rangeKey))
      return dropped
    } catch {
      // The next publish tries again. If the lock is lost, the write that follows says so.
      return [...unused, ...dropped]
    }
  }

  /**
   * Removes the index that was read or written last.
   * @throws {DistillError} `LOCKED` where another publish wrote the state meanwhile
   */
  async remove(store = this.#store): Promise<void> {
    const left = await store.remove([{ key: stateKey, etag: this.#etag ?? undefined }])
    if (left.length > 0) throw this.#busyError()
    this.#etag = null
    this.#state = undefined
  }

  #busyError(): DistillError {
    return new DistillError('LOCKED', `another publish to \`${this.#store.name}\` is under way`, {
      hint: 'Wait until it has ended, then publish again.',
    })
  }

  /** Removes the ranges that the state no longer names. Call it after a write, with the lock. */
  async removeUnused(store = this.#store): Promise<void> {
    if (!this.#hasRanges) return
    const { header, ranges } = this.#state!
    const used = new Set([...namesIn(header, ranges)].map(rangeKey))
    // Without a lock, another publish may be about to name a new range.
    const newest = store.conditional ? Infinity : Date.now() - hour
    const unused = (await store.list(rangeKeys)).filter(
      ({ key, modified }) => !used.has(key) && modified < newest,
    )
    await store.removeAll(unused.map(({ key }) => key))
  }
}

/** The names of all ranges that a state and its releases need. */
const namesIn = ({ releases = [] }: StateHeader, ranges: readonly Range[]): Set<string> =>
  new Set([...ranges.map(({ ref }) => ref.name), ...releases.flatMap((release) => release.ranges)])

function inlineState(
  header: StateHeader,
  records: StateRecord[],
  known: HeadersByHash,
  base: State | undefined,
): State {
  const inlineHeaders = new Map([...(base?.inlineHeaders ?? []), ...known])
  return new State({ header, inline: () => records, inlineHeaders })
}
