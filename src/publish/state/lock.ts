import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { DistillError, printable } from '../../errors.ts'
import { ownKeys } from '../../keys.ts'
import { throwIfAborted } from '../interrupted.ts'
import { conditionalPut } from '../store/conditional-put.ts'
import type { Store } from '../store/store.ts'
import { lockOwner } from './lock-owner.ts'

const key = `${ownKeys}lock.json`

/** Milliseconds after which a lock that was not renewed may be taken over. */
const defaultLease = 60_000
/** An owner renews its lock each quarter of a lease. */
const renewAfter = 1 / 4
/** A renewal that failed is repeated after this part of a lease, whatever `Retry-After` says. */
const retryAfter = 1 / 20
/** A renewal without a response for this part of a lease is given up. */
const renewalTimeout = 1 / 6
/** For this part of a lease after its last renewal, an owner may write. The rest is for requests under way. */
const validFor = 3 / 4

/** The JSON of a lock. The bucket may be public: nothing in here is secret. */
interface LockContent {
  /** Unique, so that a publish can tell its own lock from another's. */
  run: string
  owner: string
  /** ISO 8601. */
  since: string
  /** Counts the renewals, so that each has another ETag. */
  renewed: number
}

interface FoundLock {
  content: LockContent
  etag: string
}

export interface TakeOptions {
  /** Milliseconds. Default: 60,000. */
  lease?: number
  /** The most milliseconds to wait for a living owner. Default: 0. */
  wait?: number
  signal?: AbortSignal
  /** Called once, with words for a person, if this has to wait. */
  onWait?: (why: string) => void
}

/**
 * The lock of a target: an object that only one publish can create, held as a lease. Its owner renews it. Without a
 * renewal, the owner may write until its deadline, by its own clock; only later may another publish take the lock over.
 */
export class Lock {
  /** Aborted, with the reason, when the lock is lost. */
  readonly lost: AbortSignal
  /** Another publish had the lock when this one first asked for it. What was read before may be out of date. */
  readonly contended: boolean
  readonly #store: Store
  readonly #lease: number
  readonly #content: LockContent
  readonly #loss = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #etag: string
  /** When the last successful write of the lock began. */
  #writtenAt: Moment
  #renewal: Promise<unknown> | undefined
  #released = false
  #conditionsWork = true

  private constructor(
    store: Store,
    lease: number,
    content: LockContent,
    written: Written,
    contended: boolean,
  ) {
    // After an abort, the lock is still renewed and released.
    this.#store = store.withSignal(undefined)
    this.#lease = lease
    this.#content = content
    this.#etag = written.etag
    this.#writtenAt = written.at
    this.contended = contended
    this.lost = this.#loss.signal
    this.#renewIn(lease * renewAfter - elapsedSince(written.at))
  }

  /**
   * Takes the lock of a target.
   * @throws {DistillError} `LOCKED`, with the owner and since when
   */
  static async take(store: Store, options: TakeOptions = {}): Promise<Lock> {
    const { lease = defaultLease, wait = 0, signal, onWait } = options
    const content = { run: randomUUID(), owner: lockOwner(), since: new Date().toISOString(), renewed: 0 }
    const giveUpAt = performance.now() + wait
    let replaced: string | null = null
    let tell = onWait
    // If the lock is released between two requests, try again.
    for (let attempt = 1; attempt <= 3 || performance.now() < giveUpAt; attempt++) {
      const at = moment()
      const result = await conditionalPut(store, key, bodyOf(content), replaced)
      if ('etag' in result) return new Lock(store, lease, content, { etag: result.etag, at }, attempt > 1)
      replaced = null
      if (!result.found) continue
      replaced = await waitForDeath(store, foundLock(result.found), { lease, giveUpAt, signal, tell })
      tell = undefined
    }
    throw new DistillError('LOCKED', `\`${store.name}\` is being published to by several others`, {
      hint: 'Publish again when they have ended.',
    })
  }

  /**
   * Call it right before each request that writes.
   * @throws {DistillError} `LOCKED` where the lock is lost, or was not renewed in time
   */
  check(): void {
    if (!this.lost.aborted && this.#validFor() <= 0)
      this.#lose(`was not renewed for ${seconds(elapsedSince(this.#writtenAt))} seconds`)
    throwIfAborted(this.lost)
  }

  /**
   * Whether conditional writes work in this storage. Tries both kinds with the lock: to replace it, and to create it
   * again. If another publish has the lock by now, they do.
   */
  async conditionsWork(): Promise<boolean> {
    await this.#renewal
    if (this.lost.aborted) return this.#conditionsWork
    const at = moment()
    const etag = this.#etag
    const replaced = await conditionalPut(this.#store, key, this.#nextBody(), etag)
    // Refused although the lock still has this ETag?
    if (!('etag' in replaced)) return replaced.found?.etag !== etag
    this.#etag = replaced.etag
    this.#writtenAt = at
    return !(await this.#createsAgain(this.#store))
  }

  /** Whether the storage ignores that the lock exists. */
  async #createsAgain(store: Store): Promise<boolean> {
    const created = await conditionalPut(store, key, this.#nextBody(), null)
    if ('etag' in created) this.#etag = created.etag
    return 'etag' in created
  }

  /** Removes the lock. */
  async release(): Promise<void> {
    this.#released = true
    clearTimeout(this.#timer)
    await this.#renewal
    // Some storages remove without a condition: a lock that another publish took over must stay.
    if (elapsedSince(this.#writtenAt) > this.#lease / 2) await this.#renew()
    await this.#store.withGuard(() => this.check()).remove([{ key, etag: this.#etag }])
  }

  /** Milliseconds until the deadline. */
  #validFor(): number {
    return this.#lease * validFor - elapsedSince(this.#writtenAt)
  }

  #renewIn(ms: number): void {
    this.#timer = setTimeout(
      () => {
        this.#renewal = this.#keep()
      },
      Math.max(ms, 0),
    ).unref()
  }

  async #keep(): Promise<void> {
    try {
      this.check()
      const renewed = await this.#renew()
      this.check()
      if (!this.#released) this.#renewIn(this.#lease * (renewed ? renewAfter : retryAfter))
    } catch {
      // The lock is lost, and `lost` says why.
    }
  }

  /** Makes one attempt to renew the lock. Resolves to whether it succeeded in time. It may still succeed later. */
  async #renew(): Promise<boolean> {
    const limit = Math.min(this.#lease * renewalTimeout, Math.max(this.#validFor(), 0))
    const timer = new AbortController()
    const timeout = sleep(limit, false, { signal: timer.signal })
    const attempt = this.#attempt()
    const renewed = await Promise.race([attempt, timeout])
      .catch(() => false)
      .finally(() => timer.abort())
    // The one that lost the race may still fail.
    for (const late of [attempt, timeout]) late.catch(() => {})
    return renewed
  }

  async #attempt(): Promise<boolean> {
    const at = moment()
    const etag = this.#etag
    const store = this.#store.withoutRetry()
    const result = await conditionalPut(store, key, this.#nextBody(), etag)
    // Another attempt may have found out meanwhile what this one wrote.
    const isLatest = this.#etag === etag
    if ('etag' in result) {
      if (!isLatest) return false
      this.#etag = result.etag
      this.#writtenAt = at
      return true
    }
    const found = result.found && foundLock(result.found)
    if (this.lost.aborted) return false
    if (found?.content.run !== this.#content.run) {
      this.#lose('was taken over by another publish or removed')
    } else if (found.etag !== etag) {
      // An earlier attempt succeeded and its response was lost: replace what it wrote.
      if (isLatest) this.#etag = found.etag
      return this.#attempt()
    } else if (await this.#createsAgain(store)) {
      this.#conditionsWork = false
      this.#lose('means nothing: conditional writes do not work in this storage')
    }
    return false
  }

  #nextBody(): Uint8Array<ArrayBuffer> {
    this.#content.renewed++
    return bodyOf(this.#content)
  }

  #lose(how: string): void {
    clearTimeout(this.#timer)
    this.#loss.abort(
      new DistillError('LOCKED', `the lock of \`${this.#store.name}\` ${how}`, {
        hint: 'Was this publish paused, or the target unlocked? Nothing was written after that. Another publish may have begun: publish again when it has ended.',
      }),
    )
  }
}

/** A write of the lock. */
interface Written {
  etag: string
  at: Moment
}

interface Moment {
  monotonic: number
  wall: number
}

const moment = (): Moment => ({ monotonic: performance.now(), wall: Date.now() })

/** Milliseconds, by the clock that says more: one stands still while the machine sleeps, the other can be set back. */
const elapsedSince = ({ monotonic, wall }: Moment): number =>
  Math.max(performance.now() - monotonic, Date.now() - wall)

/** Removes the lock of a target, whoever owns it. Resolves to its content; `undefined` where there was none. */
export async function unlock(store: Store): Promise<{ owner: string; since: string } | undefined> {
  const object = await store.get(key)
  if (!object) return undefined
  await store.remove([{ key, etag: undefined }])
  return foundLock(object).content
}

const bodyOf = (content: LockContent) => new TextEncoder().encode(`${JSON.stringify(content)}\n`)

const foundLock = ({ body, etag }: { body: Uint8Array; etag: string }): FoundLock => ({
  content: parseContent(Buffer.from(body).toString()),
  etag,
})

function parseContent(text: string): LockContent {
  const unknown = { run: '', owner: 'somebody', since: 'an unknown time', renewed: 0 }
  try {
    return { ...unknown, ...(JSON.parse(text) as Partial<LockContent>) }
  } catch {
    return unknown
  }
}

/**
 * Waits until the owner of a lock is dead. By the storage's date and this machine's clock, a lock that was written
 * within its lease has a living owner. One of the clocks may be wrong, so the lock is also watched for as long as its
 * owner may write without a renewal.
 * @returns the ETag of the dead owner's lock, `null` if the lock was removed
 * @throws {DistillError} `LOCKED` if the owner lives at `giveUpAt`, by `performance.now()`
 */
async function waitForDeath(
  store: Store,
  found: FoundLock,
  {
    lease,
    giveUpAt,
    signal,
    tell,
  }: { lease: number; giveUpAt: number; signal?: AbortSignal; tell?: (why: string) => void },
): Promise<string | null> {
  let { etag } = found
  let since = performance.now()
  for (;;) {
    const [object] = await store.list(key)
    if (!object) return null
    if (object.etag !== etag) since = performance.now()
    etag = object.etag
    const watched = performance.now() - since
    const age = Date.now() - object.modified
    const isFresh = age > -lease && age < lease
    if (watched >= (isFresh ? lease : lease * validFor)) return etag

    const deathIn = Math.max(isFresh ? lease - age : 0, lease * validFor - watched)
    const isAlive = isFresh || etag !== found.etag
    if (isAlive && performance.now() >= giveUpAt) throw lockedError(store, found.content, deathIn)
    tell?.(waitingFor(store, found.content, isAlive, deathIn))
    tell = undefined
    const pause = Math.min(lease * retryAfter, isAlive ? giveUpAt - performance.now() : Infinity)
    await sleep(Math.max(pause, 1), undefined, { signal }).catch(() => throwIfAborted(signal))
  }
}

const ownerOf = ({ owner, since }: LockContent) => printable(`${owner} since ${since}`)

const waitingFor = ({ name }: Store, content: LockContent, isAlive: boolean, deathIn: number) =>
  isAlive
    ? `\`${name}\` is being published to by ${ownerOf(content)}: waiting until that has ended. If it died, its lock is taken over in ${seconds(deathIn)} seconds.`
    : `\`${name}\` is locked by ${ownerOf(content)}, but the lock is not renewed: taking it over in ${seconds(deathIn)} seconds.`

const lockedError = ({ name }: Store, content: LockContent, deathIn: number) =>
  new DistillError('LOCKED', `\`${name}\` is being published to by ${ownerOf(content)}`, {
    hint: `Publish again when it has ended, or pass \`--wait\`. If it died, its lock can be taken over in ${seconds(deathIn)} seconds, or removed at once with \`vite-distill unlock\`.`,
  })

const seconds = (ms: number) => Math.ceil(ms / 1000)
