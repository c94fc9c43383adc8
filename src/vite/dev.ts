import type { Plugin } from 'vite'
import type { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'

/**
 * `vite dev` serves the app from its sources.
 * @param missing The error of an app without a server entry
 */
export const devPlugin = (options: () => ResolvedOptions, missing: () => DistillError): Plugin => ({
  name: 'vite-distill:dev',
  enforce: 'post',
  async configureServer(server) {
    // Every command loads this plugin, and few of them serve.
    const { serveApp } = await import('./dev-app.ts')
    return () => serveApp(server, options(), missing)
  },
  /** Reloads the page after a change of a module that only the server loads: Vite reloads only for the browser's modules. */
  hotUpdate({ file, modules, server }) {
    const { client } = server.environments
    const isBrowsers = client.moduleGraph.getModulesByFile(file)?.size
    if (this.environment.name !== 'ssr' || modules.length === 0 || isBrowsers) return
    client.hot.send({ type: 'full-reload' })
  },
})
