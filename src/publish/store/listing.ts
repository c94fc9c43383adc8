import type { StoredObject } from '../../backends/backend.ts'
import { compareKeys, ownKeys } from '../../keys.ts'
import { OutOfOrderError, type Store } from './store.ts'

export interface Keyed {
  key: string
}

/** Items sorted by key: a stream of many at a time, because a promise for each costs more than its use; or a list. */
export type Sorted<T extends Keyed> = AsyncIterable<readonly T[]> | Iterable<T>

/** Sorts after every key of the publish wing's own objects. */
const lastOwnKey = `${ownKeys}\u{10ffff}`

/**
 * Calls `use` with the objects in the target, sorted by key, without the publish wing's own. They are streamed page by
 * page: a million of them are never in memory. If the storage lists them in another order, `use` is called a second
 * time, with all of them, sorted.
 * @param first The first key that matters. The listing may begin there.
 */
export async function withListing<T>(
  store: Store,
  first: string | undefined,
  use: (objects: AsyncIterable<readonly StoredObject[]>) => Promise<T>,
): Promise<T> {
  const after = first !== undefined && compareKeys(first, lastOwnKey) > 0 ? lastOwnKey : undefined
  try {
    return await use(withoutOwn(store.walk(after)))
  } catch (error) {
    if (!(error instanceof OutOfOrderError)) throw error
    return use(withoutOwn([await store.list()]))
  }
}

async function* withoutOwn(
  pages: AsyncIterable<readonly StoredObject[]> | Iterable<readonly StoredObject[]>,
): AsyncGenerator<StoredObject[], void, undefined> {
  for await (const page of pages) yield page.filter(({ key }) => !key.startsWith(ownKeys))
}
