import type { Source } from '../../backends/backend.ts'
import { Semaphore } from '../semaphore.ts'
import type { Store } from '../store/store.ts'
import { memoryFor, withContent } from './content.ts'
import { storedWithObject, type DesiredObject } from './objects.ts'
import type { PathOf } from './take.ts'

/** How the content of an object is written. */
export interface ContentWrite {
  file: DesiredObject
  store: Store
  /**
   * The ETag of the object to replace, `null` for none; `undefined` to replace whatever is there.
   * @param source The content, where it is at hand
   */
  replaced(source?: Source): Promise<string | null | undefined>
  /** Called right before the request. */
  onRequest(): void
}

/** Writes the content of an object. Resolves to what was stored. */
export type WriteContent = (write: ContentWrite) => Promise<{ etag: string; size: number }>

/** Room for one large file and several small ones, in bytes. */
const memoryLimit = 48 * 1024 * 1024

/** Uploads files of the site. */
export function uploadsFrom(pathOf: PathOf): WriteContent {
  const memory = new Semaphore(memoryLimit)
  return ({ file, store, replaced, onRequest }) =>
    memory.use(memoryFor(file), () =>
      withContent(pathOf(file), file, async (source) => {
        const ifMatch = store.conditional ? await replaced(source) : undefined
        onRequest()
        const { etag } = await store.put(file.key, source, { ...storedWithObject(file), ifMatch })
        return { etag, size: source.size }
      }),
    )
}
