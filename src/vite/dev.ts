import type { ServerResponse } from 'node:http'
import { NodeRequest, sendNodeResponse } from 'srvx/node'
import { type Connect, type Plugin, type ViteDevServer, isRunnableDevEnvironment } from 'vite'
import { isHtmlType } from '../content-type.ts'
import type { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { captureErrors } from '../routes/captured-errors.ts'
import { type App, readEntry } from '../routes/entry.ts'

/**
 * `vite dev` serves the app from its sources.
 * @param missing The error of an app without a server entry
 */
export const devPlugin = (options: () => ResolvedOptions, missing: () => DistillError): Plugin => ({
  name: 'vite-distill:dev',
  enforce: 'post',
  configureServer: (server) => () => serveApp(server, options(), missing),
  /** Reloads the page after a change of a module that only the server loads: Vite reloads only for the browser's modules. */
  hotUpdate({ file, modules, server }) {
    const { client } = server.environments
    const isBrowsers = client.moduleGraph.getModulesByFile(file)?.size
    if (this.environment.name !== 'ssr' || modules.length === 0 || isBrowsers) return
    client.hot.send({ type: 'full-reload' })
  },
})

/** Passes requests that Vite does not answer to the app's `fetch`. */
function serveApp(
  server: ViteDevServer,
  { entry, requestBase }: ResolvedOptions,
  missing: () => DistillError,
): void {
  // In middleware mode the app's own server responds, as in Vite's SSR templates.
  if (server.config.server.middlewareMode) return
  /** The app of the entry's current module; a change makes another module. */
  let loaded: { module: object; app: App; thrownFor: (request: Request) => unknown } | undefined

  async function load(): Promise<NonNullable<typeof loaded>> {
    const { ssr } = server.environments
    if (!entry) throw missing()
    if (!isRunnableDevEnvironment(ssr))
      throw new TypeError('the `ssr` environment cannot run modules in this process')
    const module = (await ssr.runner.import(entry)) as Record<string, unknown>
    if (loaded?.module !== module) {
      const app = await readEntry(module)
      loaded = { module, app, thrownFor: captureErrors(app.app) }
    }
    return loaded
  }

  async function respond(req: Connect.IncomingMessage, res: ServerResponse): Promise<void> {
    const { app, thrownFor } = await load()
    const { url } = req
    // Vite takes `base` off before.
    if (requestBase) req.url = req.originalUrl
    const request = new NodeRequest({ req, res })
    const response = await app.fetch(request)
    const thrown = thrownFor(request)
    if (thrown !== undefined && response.status >= 500) throw thrown
    await sendNodeResponse(res, await transformHtml(server, url!, req.originalUrl, response))
  }

  // A stack has to reach from a library's code to the app's own lines.
  Error.stackTraceLimit = Math.max(Error.stackTraceLimit, 50)
  server.middlewares.use((req, res, next) => {
    // The module runner has already mapped the stack of the error to the sources.
    respond(req, res).catch(next)
  })
}

/** Adds Vite's client and the plugins' elements to an HTML response. */
async function transformHtml(
  server: ViteDevServer,
  url: string,
  originalUrl: string | undefined,
  response: Response,
): Promise<Response> {
  if (!isHtmlType(response.headers.get('content-type') ?? undefined)) return response
  const html = await server.transformIndexHtml(url, await response.text(), originalUrl)
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  return new Response(html, { status: response.status, headers })
}
