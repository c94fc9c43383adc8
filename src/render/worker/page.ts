import { messageOf } from '../../errors.ts'
import type { PageRoute } from '../../routes/types.ts'
import { type Addresses, isUnmodified, readResponse, requestUrl } from '../response.ts'
import { type StorePart, readBody } from './body.ts'
import type { AskedPage, PageFailure, Rendered } from '../messages.ts'
import { redirectPage } from '../redirect-page.ts'
import { PageError } from '../page-error.ts'
import { serializeError } from '../serialize-error.ts'

/** Milliseconds from which on the first page's time is that of what the app starts for it: a database, a cache. */
const slowStart = 1000

/** Where rendered pages go. */
export interface Sink {
  add(page: Rendered, body: string | Uint8Array): void
  /** Whether a body with these headers is held whole, however large. */
  holdsWhole(headers: Rendered['headers']): boolean
  /** Stores the parts of a body that is too large to hold. */
  part(key: string): StorePart
  /** Takes a page that the app says is the one of the last build. */
  unmodified(index: number): void
  /** Ends a page whose body went out in parts, and began with these bytes. */
  end(page: Rendered, head: Uint8Array): void
}

/** A page of the list of pages. */
export interface ListedPage {
  index: number
  page: AskedPage
  route: PageRoute
}

/** The app while it renders. */
export interface RunningApp {
  fetch(request: Request): Response | Promise<Response>
  /** The error behind a response of status 500, from an app that catches it. */
  thrownFor(request: Request): unknown
}

/** What renders pages. */
export interface Renderer {
  app: RunningApp
  sink: Sink
  addresses: Addresses
  /** When the first page of this thread was rendered, if that was slow; else 0. Other pages may have waited until then. */
  startedAt?: number
}

/** A page that could not be rendered in one attempt. */
interface FailedAttempt {
  failure: PageFailure
  /** Whether another attempt may succeed. */
  retryable: boolean
}

/**
 * Requests one page from the app and passes the response to the sink. Never rejects: resolves to the failure, if any.
 * @param expired Returns a promise that rejects when the page has taken too long. Not called for a page that responds
 *   at once
 */
export async function renderPage(
  { index, page, route }: ListedPage,
  renderer: Renderer,
  expired: () => Promise<never>,
): Promise<FailedAttempt | undefined> {
  const { app, sink, addresses } = renderer
  const { key, last } = page
  const headers = { accept: '*/*', 'user-agent': 'vite-distill' }
  const request = new Request(requestUrl(page.url, addresses), {
    headers: last ? { ...headers, 'if-none-match': last.etag } : headers,
  })
  const began = performance.now()
  try {
    const result = app.fetch(request)
    const response = result instanceof Response ? result : await Promise.race([result, expired()])
    if (!(response instanceof Response)) throw new PageError("the app's `fetch` did not return a `Response`")
    const { status } = response
    if (status === 304) {
      response.body?.cancel().catch(() => {})
      if (!last) throw new PageError('it answered 304 (not modified) to a request without `If-None-Match`')
      if (isUnmodified(response, last)) sink.unmodified(index)
      else return renderPage({ index, page: { ...page, last: undefined }, route }, renderer, expired)
      return undefined
    }
    const { headers, redirect, warnings } = readResponse(response, route.status, page, addresses)
    // Before the body: h3's response loses its headers with it.
    const etag = response.headers.get('etag') ?? undefined
    const rendered = (): Rendered => {
      const now = performance.now()
      const first = renderer.startedAt === undefined
      const startedAt = (renderer.startedAt ??= now - began < slowStart ? 0 : now)
      const from = first ? began : Math.max(began, startedAt)
      return {
        index,
        key,
        status,
        headers,
        redirect,
        etag,
        warnings: warnings.length > 0 ? warnings : undefined,
        ms: now - from,
        at: performance.timeOrigin + from,
        first: first && startedAt > 0,
      }
    }
    if (redirect) {
      // Not awaited: the app's `cancel` may never end.
      response.body?.cancel().catch(() => {})
      sink.add(rendered(), redirectPage(redirect.to))
    } else {
      const body = await readBody(
        response,
        key,
        expired,
        sink.holdsWhole(headers) ? undefined : sink.part(key),
      )
      if (typeof body === 'string' || body instanceof Uint8Array) sink.add(rendered(), body)
      else sink.end(rendered(), body.head)
    }
    return undefined
  } catch (error) {
    const thrown = app.thrownFor(request) ?? (error instanceof PageError ? undefined : error)
    return {
      failure: {
        index,
        message: messageOf(error),
        error: thrown === undefined ? undefined : serializeError(thrown),
      },
      retryable: error instanceof PageError ? error.retryable : true,
    }
  }
}
