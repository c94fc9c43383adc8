import { BackendError, type Backend } from '../../backends/backend.ts'

/** A target's prefix as its keys begin with it: `blog` and `blog/` are the folder `blog/`, never `blog2/`. */
export const folderOf = (prefix = ''): string => prefix.replace(/\/*$/, /^\/*$/.test(prefix) ? '' : '/')

/** The part of a storage below a prefix: keys are relative to it. */
export function prefixed(backend: Backend, prefix: string | undefined): Backend {
  const folder = folderOf(prefix)
  if (folder === '') return backend
  const below = (key: string) => {
    if (key.startsWith(folder)) return key.slice(folder.length)
    throw new BackendError('rejected', `cannot list \`${backend.name}${folder}\`: \`${key}\` is not below it`)
  }
  return {
    name: backend.name + folder,
    maxRemove: backend.maxRemove,
    conditional: backend.conditional,
    conditionalRemove: backend.conditionalRemove,
    keepsHeaders: backend.keepsHeaders,
    sorted: backend.sorted,
    maxRewrite: backend.maxRewrite,
    async *list(start, after) {
      const pages = backend.list(folder + start, after === undefined ? undefined : folder + after)
      for await (const page of pages) yield page.map((object) => ({ ...object, key: below(object.key) }))
    },
    get: (key) => backend.get(folder + key),
    put: (key, source, options) => backend.put(folder + key, source, options),
    rewrite: backend.rewrite && ((key, options) => backend.rewrite!(folder + key, options)),
    copy: backend.copy && ((from, to, options) => backend.copy!(folder + from, folder + to, options)),
    async remove(objects) {
      const left = await backend.remove(objects.map(({ key, etag }) => ({ key: folder + key, etag })))
      return left.map((key) => key.slice(folder.length))
    },
    refuses: (key) => backend.refuses?.(folder + key),
    close: () => backend.close?.(),
  }
}
