import { randomUUID } from 'node:crypto'
import { ownKeys } from '../../keys.ts'
import type { Store } from '../store/store.ts'
import { lockKey } from './lock-object.ts'
import { stateKey, type StateObject } from './state-object.ts'
import type { State } from './state.ts'

/** What publishes keep for themselves besides the index and the lock. */
const kept = /^(?:ranges\/|objects\/|vite-distill-test-)/

/** The keys of the publish wing's own objects in a target. What else is in their folder is not listed. */
export async function listOwnKeys(store: Store): Promise<string[]> {
  const keys = (await store.list(ownKeys)).map(({ key }) => key)
  return keys.filter((key) => key === stateKey || key === lockKey || kept.test(key.slice(ownKeys.length)))
}

/**
 * Removes everything that publishes keep for themselves but the lock. The process may die after any request: the index
 * is emptied first, so that it names nothing that is gone, and removed last, so that the next run finds the rest.
 * @param state The one that was read, if there is one
 * @throws {DistillError} `LOCKED` where another publish wrote the state meanwhile
 */
export async function removeState(
  store: Store,
  stateObject: StateObject,
  state: State | undefined,
): Promise<void> {
  if (state) {
    const { siteId, createdAt, deploy, conditions } = state.header
    const publishedAt = new Date().toISOString()
    await stateObject.write(
      { siteId, createdAt, publishedAt, run: randomUUID(), deploy, conditions },
      { changes: () => allDropped(state), headers: new Map() },
      store,
    )
  }
  const others = (await listOwnKeys(store)).filter((key) => key !== stateKey && key !== lockKey)
  await store.removeAll(others)
  await stateObject.remove(store)
}

function* allDropped(state: State) {
  for (const { key } of state.records()) yield { key, recordAfter: () => undefined }
}
