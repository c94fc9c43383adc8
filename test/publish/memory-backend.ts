import { BackendError, type Backend, type StoredObject } from '../../src/backends/backend.ts'
import { compareKeys } from '../../src/keys.ts'

/** What a storage in memory holds, by key. */
export type Objects = Map<string, { body: Uint8Array<ArrayBuffer>; etag: string; md5?: string }>

let writes = 0

/** A storage in memory. */
export const memoryBackend = (objects: Objects): Backend => ({
  name: 'memory:/',
  maxRemove: 1000,
  conditional: true,
  conditionalRemove: true,
  keepsHeaders: true,
  sorted: true,
  async *list(prefix, after = '') {
    const found: StoredObject[] = []
    for (const [key, { body, etag, md5 }] of objects)
      if (key.startsWith(prefix) && compareKeys(key, after) > 0)
        found.push({ key, size: body.length, etag, modified: 0, md5 })
    yield found.sort((a, b) => compareKeys(a.key, b.key))
  },
  get: async (key) => objects.get(key),
  async put(key, source, { ifMatch }) {
    const body = await source.read()
    if (ifMatch !== undefined && (objects.get(key)?.etag ?? null) !== ifMatch)
      throw new BackendError('precondition', `\`${key}\` is another object`)
    const etag = `e${writes++}`
    objects.set(key, { body, etag, md5: source.md5 })
    return { etag }
  },
  async remove(known) {
    const isOther = ({ key, etag }: (typeof known)[number]) =>
      etag !== undefined && objects.has(key) && objects.get(key)!.etag !== etag
    const left = known.filter(isOther).map(({ key }) => key)
    for (const { key } of known) if (!left.includes(key)) objects.delete(key)
    return left
  },
})
