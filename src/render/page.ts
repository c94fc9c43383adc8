import { messageOf } from '../errors.ts'
import { readAnswer } from './answer.ts'
import { mostBytes } from './batch.ts'
import type { PageFailure, Rendered } from './messages.ts'
import { redirectPage } from './redirect.ts'
import { Refusal } from './refusal.ts'
import { toThrown } from './thrown.ts'

/** Where rendered pages go. */
export interface Sink {
  add(page: Rendered, body: Uint8Array): void
  /** Whether a body with these headers is held whole, however large. */
  whole(headers: Rendered['headers']): boolean
  /** A part of a body too large to hold; resolves once it is stored. */
  part(key: string, offset: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  end(page: Rendered): void
}

export interface PageRequest {
  index: number
  key: string
  request: Request
  /** The status codes accepted. */
  accepted: readonly number[]
  origin: string
  /** Rejects when the page has taken too long. */
  expired: Promise<never>
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
    const response = await Promise.race([app.fetch(request), expired])
    if (!(response instanceof Response)) throw new Refusal('its `fetch` did not answer with a `Response`')
    const { headers, redirect, warnings } = readAnswer(response, accepted, key, origin)
    const finish = (): Rendered => ({
      index,
      key,
      status: response.status,
      headers,
      ...(redirect ? { redirect } : {}),
      ...(warnings.length > 0 ? { warnings } : {}),
      ms: performance.now() - began,
    })
    if (redirect) {
      await response.body?.cancel()
      sink.add(finish(), redirectPage(redirect.to))
    } else {
      await readBody(response, expired, { key, whole: sink.whole(headers) }, sink, finish)
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

/** Small bodies go on whole, large ones in parts, so that no body sits whole in memory. */
async function readBody(
  response: Response,
  expired: Promise<never>,
  { key, whole }: { key: string; whole: boolean },
  sink: Sink,
  finish: () => Rendered,
): Promise<void> {
  const reader = response.body?.getReader()
  let chunks: Uint8Array[] = []
  let size = 0
  let offset = 0
  while (reader) {
    const { done, value } = await Promise.race([reader.read(), expired])
    if (done) break
    if (!(value instanceof Uint8Array)) throw new Refusal('its body is a stream of something else than bytes')
    chunks.push(value)
    size += value.byteLength
    if (whole || size < mostBytes) continue
    await sink.part(key, offset, join(chunks, size))
    offset += size
    chunks = []
    size = 0
  }
  if (offset === 0) {
    sink.add(finish(), chunks.length === 1 ? chunks[0]! : join(chunks, size))
  } else {
    await sink.part(key, offset, join(chunks, size))
    sink.end(finish())
  }
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}
