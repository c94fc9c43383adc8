import type { IncomingMessage, ServerResponse } from 'node:http'
import { DistillError } from '../errors.ts'
import { recipeFor } from './recipes.ts'

type Fetch = (request: Request) => Response | Promise<Response>
type NodeHandler = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => unknown

/**
 * What answers requests: the `fetch` of the app that a server entry exports, the app itself if it is a function, or
 * an adapter to a handler of Node's, such as an Express app.
 * @param name The entry's name in messages
 * @throws {DistillError} `ENTRY_INVALID`, with how to export what it exports
 */
export async function fetchOf(entry: Record<string, unknown>, name: string): Promise<Fetch> {
  const app = entry.default
  const fetch = (app as { fetch?: unknown } | null | undefined)?.fetch
  if (typeof fetch === 'function') return (request) => (fetch as Fetch).call(app, request)
  if (isNodeHandler(app)) return adapt(app)
  if (typeof app === 'function') return (request) => (app as Fetch)(request)
  const { problem, hint } = recipeFor(entry)
  throw new DistillError('ENTRY_INVALID', `${name} ${problem}`, { hint })
}

/** Only the name of its second parameter, `res`, tells such a function from `(request, context) => Response`. */
function isNodeHandler(app: unknown): app is NodeHandler {
  if (typeof app !== 'function') return false
  return (
    isExpress(app) ||
    (app.length > 1 && /^[^(]*\([^)]*?,\s*_*res(?:ponse)?(?:\$\d+)?\s*[,)]/.test(String(app)))
  )
}

/** Express hides its parameters where something wraps its app. */
const isExpress = (app: object) =>
  ['handle', 'use', 'listen'].every((name) => typeof (app as Record<string, unknown>)[name] === 'function')

async function adapt(handler: NodeHandler): Promise<Fetch> {
  // Most apps do without it.
  const { fetchNodeHandler } = await import('srvx/node')
  return async (request) => {
    const failed: { error: unknown }[] = []
    const response = await fetchNodeHandler((req: IncomingMessage, res: ServerResponse) => {
      const end = (status: number) => {
        if (res.headersSent) return res.destroy()
        res.statusCode = status
        res.end()
      }
      const next = (error?: unknown) => {
        if (error === undefined || error === null) return end(404)
        failed.push({ error })
        end(500)
      }
      // Not awaited: a handler may wait until its response is read.
      void (async () => handler(req, res, next))().catch(next)
    }, ofWeb(request))
    if (failed[0]) throw failed[0].error
    return response
  }
}

/** A request without the response of Vite's dev server, which a handler would write to. */
const ofWeb = (request: Request): Request =>
  'runtime' in request
    ? new Request(request.url, {
        method: request.method,
        headers: request.headers,
        body: request.body,
        signal: request.signal,
        duplex: 'half',
      } as RequestInit)
    : request
