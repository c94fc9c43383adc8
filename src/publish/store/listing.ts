import { compareKeys, ownKeys } from '../../keys.ts'
import type { StoredObject } from '../../backends/backend.ts'
import { OutOfOrder, type Store } from './store.ts'

export interface Keyed {
  key: string
}

/** Items sorted by key, which come at once or bit by bit. */
export type Sorted<T extends Keyed> = AsyncIterable<T> | Iterable<T>

/** The last key that the publish wing's own objects could have. */
const lastOwnKey = `${ownKeys}\u{10ffff}`

/**
 * Gives `use` what the target holds, sorted by key and without the publish wing's own objects. A million are
 * not held in memory, unless the storage lists them in another order: then `use` is called once more.
 * @param first The first key that is of interest; the listing may begin there
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
    if (!(error instanceof OutOfOrder)) throw error
    return use((await store.list()).filter(({ key }) => !key.startsWith(ownKeys)))
  }
}

async function* withoutOwn(objects: AsyncIterable<StoredObject>): AsyncGenerator<StoredObject> {
  for await (const object of objects) if (!object.key.startsWith(ownKeys)) yield object
}
