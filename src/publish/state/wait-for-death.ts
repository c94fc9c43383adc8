import { setTimeout as sleep } from 'node:timers/promises'
import { DistillError, printable } from '../../errors.ts'
import { throwIfAborted } from '../interrupted.ts'
import type { Store } from '../store/store.ts'
import { type FoundLock, type LockContent, lockKey, seconds, validFor } from './lock-object.ts'

/** The lock is looked at again after this part of a lease. */
const lookAfter = 1 / 20

/**
 * Waits until the owner of a lock is dead. By the storage's date and this machine's clock, a lock that was written
 * within its lease has a living owner. One of the clocks may be wrong, so the lock is also watched for as long as its
 * owner may write without a renewal.
 * @returns the ETag of the dead owner's lock, `null` if the lock was removed
 * @throws {DistillError} `LOCKED` if the owner lives at `giveUpAt`, by `performance.now()`
 */
export async function waitForDeath(
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
    const [object] = await store.list(lockKey)
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
    const pause = Math.min(lease * lookAfter, isAlive ? giveUpAt - performance.now() : Infinity)
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
