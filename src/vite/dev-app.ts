import type { ServerResponse } from 'node:http'
import { NodeRequest, sendNodeResponse } from 'srvx/node'
import type { Connect, ViteDevServer } from 'vite'
import { type DistillError, describeError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { captureErrors } from '../routes/captured-errors.ts'
import { type App, readEntry } from '../routes/entry.ts'
import { servedPaths } from '../render/worker/fetch-from-app.ts'
import { importEntry } from './dev-entry.ts'
import { addClient } from './dev-html.ts'
import { htmlFile, siteResponse } from './dev-site.ts'

/**
 * Passes requests that Vite does not answer to the app's `fetch`.
 * @param missing The error of an app without a server entry
 */
export function serveApp(server: ViteDevServer, options: ResolvedOptions, missing: () => DistillError): void {
  const { entry, requestBase } = options
  // In middleware mode the app's own server responds, as in Vite's SSR templates.
  if (server.config.server.middlewareMode) return
  /** The app of the entry's current module; a change makes another module. */
  let loaded: { module: object; app: App; thrownFor: (request: Request) => unknown } | undefined

  async function load(): Promise<NonNullable<typeof loaded>> {
    if (!entry) throw missing()
    const module = await importEntry(server, entry)
    if (loaded?.module !== module) {
      const app = await readEntry(module, entry)
      for (const warning of app.warnings) server.config.logger.warn(warning)
      loaded = { module, app, thrownFor: captureErrors(app.app) }
    }
    return loaded
  }

  async function respond(
    req: Connect.IncomingMessage,
    res: ServerResponse,
    next: Connect.NextFunction,
  ): Promise<void> {
    const { app, thrownFor } = await load()
    const { url } = req
    // Vite takes `base` off before.
    if (requestBase) req.url = req.originalUrl
    const request = new NodeRequest({ req, res })
    const address = new URL(url!, request.url)
    if (servedPaths(options)(address)) {
      req.url = url
      return next()
    }
    const found = await siteResponse(address, server, options, app)
    if (found) return send(res, found)
    const response = await app.fetch(request)
    const thrown = thrownFor(request)
    if (thrown !== undefined && response.status >= 500) throw thrown
    if (response.status === 404 && options.fallback !== undefined && req.method === 'GET')
      return send(res, await htmlFile(server, '/index.html'))
    await send(res, await addClient(server, url!, response))
  }

  // A stack has to reach from a library's code to the app's own lines.
  Error.stackTraceLimit = Math.max(Error.stackTraceLimit, 50)
  // Node would end the process: the app's next change may mend it.
  const logRejection = (error: unknown) =>
    server.config.logger.error(`the app has an unhandled rejection: ${describeError(error)}`)
  process.on('unhandledRejection', logRejection)
  server.httpServer?.once('close', () => process.off('unhandledRejection', logRejection))
  server.middlewares.use((req, res, next) => {
    // The module runner has already mapped the stack of the error to the sources.
    respond(req, res, next).catch(next)
  })
}

async function send(res: ServerResponse, response: Response): Promise<void> {
  const cookies = response.headers.getSetCookie()
  if (cookies.length === 0) return sendNodeResponse(res, response)
  // Where a header was set before, as Vite does for CORS, Node 20 would keep the last cookie only.
  res.setHeader('set-cookie', cookies)
  const { status, statusText } = response
  const headers = new Headers(response.headers)
  headers.delete('set-cookie')
  await sendNodeResponse(res, new Response(response.body, { status, statusText, headers }))
}
