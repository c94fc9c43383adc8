import { messageOf } from '../../errors.ts'
import { readAnswer } from '../response.ts'
import { type StorePart, readBody } from './body.ts'
import type { PageFailure, Rendered } from '../messages.ts'
import { redirectPage } from '../redirect-page.ts'
import { Refusal } from '../page-error.ts'
import { toThrown } from '../serialize-error.ts'

/** Where rendered pages go. */
export interface Sink {
  add(page: Rendered, body: string | Uint8Array): void
  /** Whether a body with these headers is held whole, however large. */
  whole(headers: Rendered['headers']): boolean
  /** Stores a part of a page's body that is too large to hold. */
  part(key: string): StorePart
  end(page: Rendered): void
}

export interface PageRequest {
  index: number
  key: string
  request: Request
  /** The status codes accepted. */
  accepted: readonly number[]
  origin: string
  /** Gives a promise that rejects when the page has taken too long. A page that is answered at once needs none. */
  expired: () => Promise<never>
}

interface App {
  fetch(request: Request): Response | Promise<Response>
  /** What the app threw while it answered, where it kept that to itself. */
  thrownFor(request: Request): unknown
}

/** Asks the app for one page and hands what it answers to the sink. Resolves to why it could not, never rejects. */
export async function renderPage(
  app: App,
  asked: PageRequest,
  sink: Sink,
): Promise<(PageFailure & { retryable: boolean }) | undefined> {
  const { index, key, request, accepted, origin, expired } = asked
  const began = performance.now()
  try {
    const answer = app.fetch(request)
    const response = answer instanceof Response ? answer : await Promise.race([answer, expired()])
    if (!(response instanceof Response)) throw new Refusal('its `fetch` did not answer with a `Response`')
    const { status } = response
    const { headers, redirect, warnings } = readAnswer(response, accepted, key, origin)
    const finish = (): Rendered => ({
      index,
      key,
      status,
      headers,
      ...(redirect ? { redirect } : {}),
      ...(warnings.length > 0 ? { warnings } : {}),
      ms: performance.now() - began,
    })
    if (redirect) {
      await response.body?.cancel()
      sink.add(finish(), redirectPage(redirect.to))
    } else {
      const body = await readBody(response, expired, sink.whole(headers) ? undefined : sink.part(key))
      if (body === undefined) sink.end(finish())
      else sink.add(finish(), body)
    }
    return undefined
  } catch (error) {
    const thrown = app.thrownFor(request) ?? (error instanceof Refusal ? undefined : error)
    return {
      index,
      message: messageOf(error),
      ...(thrown === undefined ? {} : { thrown: toThrown(thrown) }),
      retryable: error instanceof Refusal ? error.retryable : true,
    }
  }
}
