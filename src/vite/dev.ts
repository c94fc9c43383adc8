import type { IncomingMessage, ServerResponse } from 'node:http'
import { NodeRequest, sendNodeResponse } from 'srvx/node'
import { type Environment, type HotUpdateOptions, type ViteDevServer, isRunnableDevEnvironment } from 'vite'
import type { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { captureErrors } from '../routes/captured-errors.ts'
import { type App, readEntry } from '../routes/entry.ts'

/** Serves the app from its sources: what Vite itself does not answer goes to the app's `fetch`. */
export function serveApp(
  server: ViteDevServer,
  { entry }: ResolvedOptions,
  missing: () => DistillError,
): void {
  // The app has a server of its own with Vite as its middleware, as in Vite's SSR templates: that one answers.
  if (server.config.server.middlewareMode) return
  /** The app that its last module gave, until a change gives another. */
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

  async function respond(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { app, thrownFor } = await load()
    const request = new NodeRequest({ req, res })
    const response = await app.fetch(request)
    const thrown = thrownFor(request)
    if (thrown !== undefined && response.status >= 500) throw thrown
    await sendNodeResponse(res, await transformHtml(server, req, response))
  }

  // Enough to come from the depths of a library back to the app's own lines.
  Error.stackTraceLimit = Math.max(Error.stackTraceLimit, 50)
  server.middlewares.use((req, res, next) => {
    // The module runner has mapped the stack of what was thrown already.
    respond(req, res).catch(next)
  })
}

/** Vite's client and the plugins' tags, in every HTML response. */
async function transformHtml(
  server: ViteDevServer,
  req: IncomingMessage,
  response: Response,
): Promise<Response> {
  if (!response.headers.get('content-type')?.startsWith('text/html')) return response
  const html = await server.transformIndexHtml(req.url!, await response.text(), req.originalUrl)
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  return new Response(html, { status: response.status, headers })
}

/** Reloads the page for a change that only the server sees; Vite itself knows only what the browser has loaded. */
export function reloadBrowser({ name }: Environment, { file, modules, server }: HotUpdateOptions): void {
  const { client } = server.environments
  if (name !== 'ssr' || modules.length === 0 || client.moduleGraph.getModulesByFile(file)?.size) return
  client.hot.send({ type: 'full-reload' })
}

declare module 'node:http' {
  interface IncomingMessage {
    /** Before `base` was taken off, by Vite. */
    originalUrl?: string
  }
}
