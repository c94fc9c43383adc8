import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { DistillError } from '../../errors.ts'
import { throwIfAborted } from '../interrupted.ts'
import { conditionalPut } from '../store/conditional-put.ts'
import type { Store } from '../store/store.ts'
import { type LockContent, bodyOf, foundLock, lockKey, seconds, validFor } from './lock-object.ts'
import { lockOwner } from './lock-owner.ts'
import { waitForDeath } from './wait-for-death.ts'

/** Milliseconds after which a lock that was not renewed may be taken over. */
const defaultLease = 60_000
/** An owner renews its lock each quarter of a lease. */
const renewAfter = 1 / 4
/** A renewal that failed is repeated after this part of a lease, whatever `Retry-After` says. */
const retryAfter = 1 / 20
/** A renewal without a response for this part of a lease is given up. */
const renewalTimeout = 1 / 6

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
      const result = await conditionalPut(store, lockKey, bodyOf(content), replaced)
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
    const replaced = await conditionalPut(this.#store, lockKey, this.#nextBody(), etag)
    // Refused although the lock still has this ETag?
    if (!('etag' in replaced)) return replaced.found?.etag !== etag
    this.#etag = replaced.etag
    this.#writtenAt = at
    return !(await this.#createsAgain(this.#store))
  }

  /** Whether the storage ignores that the lock exists. */
  async #createsAgain(store: Store): Promise<boolean> {
    const created = await conditionalPut(store, lockKey, this.#nextBody(), null)
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
    await this.#store.withGuard(() => this.check()).remove([{ key: lockKey, etag: this.#etag }])
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
    const result = await conditionalPut(store, lockKey, this.#nextBody(), etag)
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
