import type { Backend } from '../../src/backends/backend.ts'
import { sourceOf } from './source.ts'

/** Writes an object. Default: its content is its key. */
export const put = (backend: Backend, key: string, content: string | Uint8Array = key) =>
  backend.put(key, sourceOf(content), { headers: {} })

/** All keys of a listing, in its order. */
export async function keys(backend: Backend, prefix = ''): Promise<string[]> {
  const found: string[] = []
  for await (const page of backend.list(prefix)) found.push(...page.map(({ key }) => key))
  return found
}

/** Removes objects, whatever they are. */
export const removeKeys = (backend: Backend, keys: readonly string[]) =>
  backend.remove(keys.map((key) => ({ key, etag: undefined })))

/** One of each operation. The object need not exist. */
export const operations: Record<string, (backend: Backend) => Promise<unknown>> = {
  list: (backend) => keys(backend),
  get: (backend) => backend.get('page.html'),
  put: (backend) => put(backend, 'page.html'),
  'put of a large content': (backend) => put(backend, 'page.html', new Uint8Array(9 * 1024 * 1024)),
  'conditional put': (backend) => backend.put('page.html', sourceOf('x'), { headers: {}, ifMatch: null }),
  rewrite: (backend) => backend.rewrite!('page.html', { headers: {}, ifMatch: '1' }),
  copy: (backend) => backend.copy!('page.html', 'copy.html', { headers: {}, ifSourceMatch: '1' }),
  remove: (backend) => removeKeys(backend, ['page.html']),
}
