import type { Backend } from '../../backends/backend.ts'

/** A target's prefix as its keys begin with it: `blog` and `blog/` are the folder `blog/`, never `blog2/`. */
export const folderOf = (prefix = ''): string => prefix.replace(/\/*$/, /^\/*$/.test(prefix) ? '' : '/')

/** The part of a storage below a prefix: keys are relative to it. */
export function prefixed(backend: Backend, prefix: string | undefined): Backend {
  const folder = folderOf(prefix)
  if (folder === '') return backend
  return {
    name: backend.name + folder,
    maxRemove: backend.maxRemove,
    conditional: backend.conditional,
    keepsHeaders: backend.keepsHeaders,
    maxRewrite: backend.maxRewrite,
    async *list(start, after) {
      const pages = backend.list(folder + start, after === undefined ? undefined : folder + after)
      for await (const page of pages)
        yield page.map((object) => ({ ...object, key: object.key.slice(folder.length) }))
    },
    get: (key) => backend.get(folder + key),
    put: (key, source, options) => backend.put(folder + key, source, options),
    rewrite: backend.rewrite && ((key, options) => backend.rewrite!(folder + key, options)),
    remove: (keys) => backend.remove(keys.map((key) => folder + key)),
    close: () => backend.close?.(),
  }
}
