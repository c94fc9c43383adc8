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

/** The drop of the page's own head, in a grey that shows on light and dark. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="#888"><path d="M8 1.2c2.7 3.6 4.6 6.1 4.6 8.7a4.6 4.6 0 0 1-9.2 0c0-2.6 1.9-5.1 4.6-8.7z"/></svg>',
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
