import type { StoredObject } from '../../backends/backend.ts'
import { compareKeys, ownKeys } from '../../keys.ts'
import { OutOfOrderError, type Store } from './store.ts'

export interface Keyed {
  key: string
}

/** Items sorted by key, all at once or as a stream. */
export type Sorted<T extends Keyed> = AsyncIterable<T> | Iterable<T>

/** Sorts after every key of the publish wing's own objects. */
const lastOwnKey = `${ownKeys}\u{10ffff}`

/**
 * Calls `use` with the objects in the target, sorted by key, without the publish wing's own. They are streamed: a
 * million of them are never in memory. If the storage lists them in another order, `use` is called a second time,
 * with a sorted array.
 * @param first The first key that matters. The listing may begin there.
 */
export async function withListing<T>(
  store: Store,
  first: string | undefined,
  use: (objects: Sorted<StoredObject>) => Promise<T>,
): Promise<T> {
  const after = first !== undefined && compareKeys(first, lastOwnKey) > 0 ? lastOwnKey : undefined
  try {
    return await use(withoutOwn(store.walk(after)))
  } catch (error) {
    if (!(error instanceof OutOfOrderError)) throw error
    return use((await store.list()).filter(({ key }) => !key.startsWith(ownKeys)))
  }
}

async function* withoutOwn(objects: AsyncIterable<StoredObject>): AsyncGenerator<StoredObject> {
  for await (const object of objects) if (!object.key.startsWith(ownKeys)) yield object
}
