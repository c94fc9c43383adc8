import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { DistillError } from '../../errors.ts'
import { ownKeys } from '../../keys.ts'
import { throwIfAborted } from '../interrupted.ts'
import { conditionalPut } from '../store/conditional-put.ts'
import type { Store } from '../store/store.ts'
import { lockOwner } from './lock-owner.ts'

const key = `${ownKeys}lock.json`

/** Milliseconds after which a lock that was not renewed may be taken over. */
const defaultLease = 60_000
/** How often an owner renews its lock within a lease. */
const renewals = 4

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

/**
 * The lock of a target: an object that only one publish can create. Its owner renews it. A lock that is no longer
 * renewed belongs to a publish that died, and another publish may take it over.
 */
export class Lock {
  /** Aborted, with the reason, when the lock is lost. Its owner must then stop at once. */
  readonly lost: AbortSignal
  /** The last owner died: its work may be half done. */
  readonly takenOver: boolean
  readonly #store: Store
  readonly #lease: number
  readonly #content: LockContent
  readonly #loss = new AbortController()
  readonly #timer: NodeJS.Timeout
  #etag: string
  #renewedAt: number
  #renewal: Promise<void> | undefined

  private constructor(
    store: Store,
    lease: number,
    content: LockContent,
    etag: string,
    began: number,
    takenOver: boolean,
  ) {
    // After an abort, the lock is still renewed and released.
    this.#store = store.withSignal(undefined)
    this.#lease = lease
    this.#content = content
    this.#etag = etag
    this.#renewedAt = began
    this.takenOver = takenOver
    this.lost = this.#loss.signal
    this.#timer = setInterval(() => void this.#renew().catch(() => {}), lease / renewals).unref()
  }

  /**
   * Takes the lock of a target.
   * @throws {DistillError} `LOCKED`, with the owner and since when
   */
  static async take(
    store: Store,
    { lease = defaultLease, signal }: { lease?: number; signal?: AbortSignal } = {},
  ): Promise<Lock> {
    const content = { run: randomUUID(), owner: lockOwner(), since: new Date().toISOString(), renewed: 0 }
    let replaced: FoundLock | undefined
    // If the lock is released between two requests, try again.
    for (let attempt = 0; attempt < 3; attempt++) {
      const began = Date.now()
      const result = await conditionalPut(store, key, bodyOf(content), replaced?.etag ?? null)
      if ('etag' in result) return new Lock(store, lease, content, result.etag, began, replaced !== undefined)
      const found = result.found && foundLock(result.found)
      replaced = found && (await isDead(store, found, lease, signal)) ? found : undefined
      if (found && !replaced) throw lockedError(store, found.content, lease)
    }
    throw lockedError(store, undefined, lease)
  }

  /**
   * Makes sure that the lock is still held. Call it before each step that needs the lock.
   * @throws {DistillError} `LOCKED` where it is lost
   */
  async ensureHeld(): Promise<void> {
    throwIfAborted(this.lost)
    // A machine that was asleep did not renew, and another publish may have taken the lock over.
    if (Date.now() - this.#renewedAt > this.#lease / 2) await this.#renew()
    throwIfAborted(this.lost)
  }

  /** Removes the lock. */
  async release(): Promise<void> {
    clearInterval(this.#timer)
    await this.#renewal?.catch(() => {})
    // A removal has no condition: it must not remove a lock that another publish took over.
    await this.ensureHeld()
    await this.#store.remove([key])
  }

  #renew(): Promise<void> {
    return (this.#renewal ??= this.#renewOnce().finally(() => (this.#renewal = undefined)))
  }

  async #renewOnce(): Promise<void> {
    if (this.lost.aborted) return
    const began = Date.now()
    try {
      this.#content.renewed++
      const result = await conditionalPut(this.#store, key, bodyOf(this.#content), this.#etag)
      if (!('etag' in result)) return this.#lose()
      this.#etag = result.etag
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
        hint: 'This publish was paused for too long, or the target was unlocked. Publish again when the other one has ended.',
      }),
    )
  }
}

/** Removes the lock of a target, whoever owns it. Resolves to its content; `undefined` where there was none. */
export async function unlock(store: Store): Promise<{ owner: string; since: string } | undefined> {
  const object = await store.get(key)
  if (!object) return undefined
  await store.remove([key])
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
 * Whether the owner of a lock died. By the storage's date and this machine's clock, a lock that was written within
 * its lease has a living owner. Otherwise one of the clocks may be wrong: the lock is watched for longer than an
 * owner would need to renew it.
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
    await sleep(lease / renewals, undefined, { signal }).catch(() => throwIfAborted(signal))
    if ((await store.list(key))[0]?.etag !== etag) return false
  }
  return true
}

function lockedError(store: Store, content: LockContent | undefined, lease: number): DistillError {
  const by = content ? `${content.owner} since ${content.since}` : 'several others'
  return new DistillError('LOCKED', `\`${store.name}\` is being published to by ${by}`, {
    hint: `Wait until it has ended, then publish again. If it died, its lock can be taken over after ${Math.ceil(lease / 1000)} seconds, or removed at once with \`vite-distill unlock\`.`,
  })
}
