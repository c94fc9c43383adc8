import { ownKeys } from '../../keys.ts'
import type { Store } from '../store/store.ts'

/** The key of a target's lock. */
export const lockKey = `${ownKeys}lock.json`

/** For this part of a lease after its last renewal, an owner may write. The rest is for requests under way. */
export const validFor = 3 / 4

/** The JSON of a lock. The bucket may be public: nothing in here is secret. */
export interface LockContent {
  /** Unique, so that a publish can tell its own lock from another's. */
  run: string
  owner: string
  /** ISO 8601. */
  since: string
  /** Counts the renewals, so that each has another ETag. */
  renewed: number
}

export interface FoundLock {
  content: LockContent
  etag: string
}

/** Removes the lock of a target, whoever owns it. Resolves to its content; `undefined` where there was none. */
export async function unlock(store: Store): Promise<{ owner: string; since: string } | undefined> {
  const object = await store.get(lockKey)
  if (!object) return undefined
  await store.remove([{ key: lockKey, etag: undefined }])
  return foundLock(object).content
}

export const bodyOf = (content: LockContent) => new TextEncoder().encode(`${JSON.stringify(content)}\n`)

export const foundLock = ({ body, etag }: { body: Uint8Array; etag: string }): FoundLock => ({
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

/** Milliseconds as whole seconds, for messages. */
export const seconds = (ms: number) => Math.ceil(ms / 1000)
