/** What the client build says of its modules. */
export interface ClientModules {
  /** Vite's `base`. */
  base: string
  /** By the file of a lazy chunk: the files that a page with it needs and the template does not name. */
  chunks: Record<string, readonly string[]>
  /** By the path of a module from Vite's root: its lazy chunks. A module of the entry has none. */
  modules: Record<string, readonly string[]>
}

/** Makes `preloads` of `virtual:distill/preloads`. This file is part of the app's bundle, so it imports nothing. */
export const createPreloads =
  ({ base, chunks, modules }: ClientModules) =>
  (used: Iterable<string>): string => {
    // The keys of `import.meta.glob` begin with a slash.
    const ids = [...used].map((id) => id.replace(/^\//, ''))
    const known = ids.filter((id) => Object.hasOwn(modules, id))
    if (ids.length > 0 && known.length === 0)
      throw new Error(
        `\`preloads\`: the client's build has no module \`${ids.join('`, `')}\`. Give the paths from Vite's root: \`src/views/Map.vue\`.`,
      )
    const files = new Set(known.flatMap((id) => modules[id]!).flatMap((chunk) => chunks[chunk]!))
    return [...files]
      .map((file) => {
        const rel = file.endsWith('.css') ? 'stylesheet' : 'modulepreload'
        const href = (base + file).replaceAll('&', '&amp;').replaceAll('"', '&quot;')
        return `<link rel="${rel}" crossorigin href="${href}">`
      })
      .join('\n')
  }
