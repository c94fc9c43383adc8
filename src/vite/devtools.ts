import type { Plugin } from 'vite'

/** What is used of the context that `@vitejs/devtools` calls plugins with: the package is not a dependency. */
interface DevToolsContext {
  docks: {
    register(entry: { id: string; title: string; icon: string; type: 'iframe'; url: string }): unknown
  }
}

/** The field that `@vitejs/devtools` reads from plugins. */
interface DevToolsPlugin extends Plugin {
  devtools: {
    capabilities: { dev: boolean; build: boolean }
    setup(context: DevToolsContext): void
  }
}

/** A flask. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#888" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d="M9 3h6M10 3v6L4.6 18a2 2 0 0 0 1.7 3h11.4a2 2 0 0 0 1.7-3L14 9V3M7.5 15h9"/></svg>',
)}`

/** Where `@vitejs/devtools` is there, the page `/__distill/` is a dock in it. */
export const devToolsPlugin = (base: () => string): DevToolsPlugin => ({
  name: 'vite-distill:devtools',
  apply: 'serve',
  devtools: {
    capabilities: { dev: true, build: false },
    setup({ docks }) {
      docks.register({
        id: 'vite-distill',
        title: 'Distill',
        icon,
        type: 'iframe',
        url: `${base()}__distill/`,
      })
    },
  },
})
