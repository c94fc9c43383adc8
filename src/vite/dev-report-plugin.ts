import pc from 'picocolors'
import type { Plugin, ViteDevServer } from 'vite'
import type { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import type { DevReportServer } from './dev-report-server.ts'

/**
 * The page `/__distill/` of the dev server: routes, pages and what is wrong with them.
 * @param missing The error of an app without a server entry
 */
export function devReportPlugin(options: () => ResolvedOptions, missing: () => DistillError): Plugin {
  /** Undefined until somebody asks for the page: a server that nobody asks starts without its code. */
  let report: Promise<DevReportServer> | undefined
  const close = () => {
    void report?.then((report) => report.close())
    report = undefined
  }

  return {
    name: 'vite-distill:dev-report',
    enforce: 'post',
    apply: 'serve',

    configureServer: {
      // Before the middleware of a framework that answers all requests.
      order: 'pre',
      handler(server) {
        // Vite restarts with the same plugin where its config is not a file.
        close()
        const page = `${options().base}__distill`
        server.middlewares.use((req, res, next) => {
          const [path] = req.originalUrl!.split('?', 1) as [string]
          if (path !== page && !path.startsWith(`${page}/`)) return next()
          report ??= import('./dev-report-server.ts').then(
            ({ DevReportServer }) => new DevReportServer(server, options(), missing),
          )
          report.then((report) => report.respond(path.slice(page.length), req, res)).catch(next)
        })
        printAddress(server)
      },
    },

    hotUpdate: {
      // After plugins that add modules, as for `import.meta.glob`.
      order: 'post',
      handler({ modules }) {
        if (this.environment.name !== 'ssr' || modules.length === 0) return
        // Vite does so after this hook, and the page asks as soon as it is told.
        for (const module of modules) this.environment.moduleGraph.invalidateModule(module)
        void report?.then((report) => report.changed())
      },
    },

    closeBundle() {
      if (this.environment.name === 'ssr') close()
    },
  }
}

/** Adds the page to the addresses that Vite prints. */
function printAddress(server: ViteDevServer): void {
  const { printUrls } = server
  server.printUrls = () => {
    printUrls()
    const [address] = [...(server.resolvedUrls?.local ?? []), ...(server.resolvedUrls?.network ?? [])]
    if (address === undefined) return
    server.config.logger.info(`  ${pc.green('➜')}  ${pc.bold('Distill')}: ${pc.cyan(`${address}__distill/`)}`)
  }
}
