import { ownKeys } from '../../keys.ts'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { DistillError } from '../../errors.ts'
import { holder } from './lock-owner.ts'
import { throwIfAborted } from '../interrupted.ts'
import { swap } from '../store/conditional-put.ts'
import type { Store } from '../store/store.ts'

const key = `${ownKeys}lock.json`

/** How long a lock outlives its holder, in milliseconds. */
export const defaultLease = 60_000
/** A holder writes it anew so many times in that time. */
const renewals = 4

/** What a lock says. The bucket may be public: it says nothing secret. */
interface Claim {
  /** Unlike any other's, so that one can tell one's own lock from somebody else's. */
  run: string
  holder: string
  since: string
  /** How often it was renewed, so that each version of it has another ETag. */
  renewed: number
}

interface FoundLock {
  claim: Claim
  etag: string
}

/**
 * The right to change a target, which one publish at a time has: an object that only one can create. Its holder
 * renews it; once it is no longer renewed, its holder is dead, and another may take it over.
 */
export class Lock {
  /** Given, with the reason, when the lock was lost: whoever held it must stop at once. */
  readonly lost: AbortSignal
  /** Its last holder died: what it was at may be half done. */
  readonly takenOver: boolean
  readonly #store: Store
  readonly #lease: number
  readonly #claim: Claim
  readonly #loss = new AbortController()
  readonly #timer: NodeJS.Timeout
  #etag: string
  #renewedAt: number
  #renewing: Promise<void> | undefined

  private constructor(
    store: Store,
    lease: number,
    claim: Claim,
    etag: string,
    began: number,
    takenOver: boolean,
  ) {
    this.#store = store
    this.#lease = lease
    this.#claim = claim
    this.#etag = etag
    this.#renewedAt = began
    this.takenOver = takenOver
    this.lost = this.#loss.signal
    this.#timer = setInterval(() => void this.#renew().catch(() => {}), lease / renewals).unref()
  }

  /**
   * Takes the lock of a target.
   * @throws {DistillError} `LOCKED`, saying who has it and since when
   */
  static async take(
    store: Store,
    { lease = defaultLease, signal }: { lease?: number | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<Lock> {
    const claim = { run: randomUUID(), holder: holder(), since: new Date().toISOString(), renewed: 0 }
    let replaced: FoundLock | undefined
    // A lock that was released meanwhile leaves the place free for another try.
    for (let tries = 0; tries < 3; tries++) {
      const began = Date.now()
      const swapped = await swap(store, key, bodyOf(claim), replaced?.etag ?? null)
      if ('etag' in swapped) return new Lock(store, lease, claim, swapped.etag, began, replaced !== undefined)
      const found = swapped.found && parsed(swapped.found)
      replaced = found && (await isDead(store, found, lease, signal)) ? found : undefined
      if (found && !replaced) throw locked(store, found.claim, lease)
    }
    throw locked(store, undefined, lease)
  }

  /**
   * Sees to it that the lock is still held, before something that must not be done without it.
   * @throws {DistillError} `LOCKED` where it is not
   */
  async hold(): Promise<void> {
    throwIfAborted(this.lost)
    // A machine that slept did not renew; by now the lock may be another's.
    if (Date.now() - this.#renewedAt > this.#lease / 2) await this.#renew()
    throwIfAborted(this.lost)
  }

  /** Gives the lock back. */
  async release(): Promise<void> {
    clearInterval(this.#timer)
    await this.#renewing?.catch(() => {})
    // The removal has no condition: it must not hit a lock that somebody has taken over.
    await this.hold()
    await this.#store.remove([key])
  }

  #renew(): Promise<void> {
    return (this.#renewing ??= this.#renewOnce().finally(() => (this.#renewing = undefined)))
  }

  async #renewOnce(): Promise<void> {
    if (this.lost.aborted) return
    const began = Date.now()
    try {
      this.#claim.renewed++
      const swapped = await swap(this.#store, key, bodyOf(this.#claim), this.#etag)
      if (!('etag' in swapped)) return this.#lose()
      this.#etag = swapped.etag
      this.#renewedAt = began
    } catch (error) {
      if (Date.now() - this.#renewedAt > this.#lease) this.#lose()
      throw error
    }
  }

  #lose(): void {
    clearInterval(this.#timer)
    this.#loss.abort(
      new DistillError('LOCKED', `the lock of \`${this.#store.name}\` was lost to another publish`, {
        hint: 'This one stood still for too long, or somebody unlocked the target. Once the other has ended, publish again.',
      }),
    )
  }
}

/** Removes the lock of a target, whoever has it. Resolves to what it said; `undefined` where there was none. */
export async function unlock(store: Store): Promise<{ holder: string; since: string } | undefined> {
  const object = await store.get(key)
  if (!object) return undefined
  await store.remove([key])
  return parsed(object).claim
}

const bodyOf = (claim: Claim) => new TextEncoder().encode(`${JSON.stringify(claim)}\n`)

const parsed = ({ body, etag }: { body: Uint8Array; etag: string }): FoundLock => ({
  claim: parse(Buffer.from(body).toString()),
  etag,
})

function parse(text: string): Claim {
  const unknown = { run: '', holder: 'somebody', since: 'an unknown time', renewed: 0 }
  try {
    return { ...unknown, ...(JSON.parse(text) as Partial<Claim>) }
  } catch {
    return unknown
  }
}

/**
 * Whether nobody renews a lock any more. One that was written within its lease is somebody's, by the storage's
 * date and this machine's clock. A clock may be wrong, so where it says otherwise, the lock is watched for longer
 * than its holder would need to renew it.
 */
async function isDead(
  store: Store,
  { etag }: FoundLock,
  lease: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const [object] = await store.list(key)
  if (object?.etag !== etag) return false
  const age = Date.now() - object.modified
  if (age > -lease && age < lease) return false
  const until = Date.now() + (2 * lease) / renewals
  while (Date.now() < until) {
    await sleep(lease / renewals, undefined, { ...(signal && { signal }) }).catch(() =>
      throwIfAborted(signal),
    )
    if ((await store.list(key))[0]?.etag !== etag) return false
  }
  return true
}

function locked(store: Store, claim: Claim | undefined, lease: number): DistillError {
  const by = claim ? `${claim.holder} since ${claim.since}` : 'others, one after the other'
  return new DistillError('LOCKED', `\`${store.name}\` is being published to by ${by}`, {
    hint: `Wait until that has ended, then publish again. If it died, its lock can be taken over after ${Math.ceil(lease / 1000)} seconds, or removed at once with \`vite-distill unlock\`.`,
  })
}
