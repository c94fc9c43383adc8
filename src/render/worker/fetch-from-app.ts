import { AsyncLocalStorage } from 'node:async_hooks'
import { urlMatcher } from '../../links/patterns.ts'
import type { ResolvedOptions } from '../../options.ts'
import { decodeBody } from './content-encoding.ts'
import { currentPage } from './globals.ts'
import type { RunningApp } from './page.ts'

/** Redirects that one `fetch()` follows, as in the Fetch standard. */
const maxRedirects = 20
/** Requests inside one another, above which they are taken for endless. */
const maxDepth = 32
/** How often one request may occur among those inside one another. */
const maxSame = 2

/** The requests that wait for one another. */
interface Chain {
  /** The outermost first. */
  requests: readonly string[]
  /** Shared by all of them: an app turns the innermost error into a response, and the page would hold that. */
  failed: { error?: Error }
}

const currentChain = new AsyncLocalStorage<Chain>()

/** What the paths depend on that something else answers. */
type ServedOptions = Pick<ResolvedOptions, 'base' | 'requestBase'> & {
  links: Pick<ResolvedOptions['links'], 'served'>
}

type AppFetchOptions = ServedOptions & Pick<ResolvedOptions, 'origin'>

/** Makes the global `fetch()` one that asks the app itself. */
export function fetchFromApp(options: AppFetchOptions, appFetch: RunningApp['fetch']): void {
  globalThis.fetch = askingApp(options, globalThis.fetch, appFetch)
}

/**
 * A `fetch()` that calls the app itself for a path or an address on `origin`, without a server.
 * @param options `links.served` names what the network answers all the same
 * @param fetch Asks the network
 */
export function askingApp(
  options: AppFetchOptions,
  fetch: typeof globalThis.fetch,
  appFetch: RunningApp['fetch'],
): typeof globalThis.fetch {
  const { origin } = options
  const isServed = servedPaths(options)

  return async (input, init) => {
    const url = addressOf(input, origin)
    if (url?.origin !== origin) return fetch(input, init)
    // Node's own `fetch` takes no path.
    const target = typeof input === 'string' ? url : input
    if (isServed(url)) return fetch(target, init)
    return answer(new Request(target, init))
  }

  /** Answers a request as `fetch()` does: follows redirects as the request says. */
  async function answer(first: Request): Promise<Response> {
    let request = first
    for (let redirects = 0; ; redirects++) {
      const copy = request.body && request.redirect === 'follow' ? request.clone() : request
      const response = await ask(request, appFetch)
      const location = response.headers.get('location')
      const isRedirect = [301, 302, 303, 307, 308].includes(response.status) && location !== null
      if (!isRedirect || request.redirect === 'manual') return fetched(response, request, redirects > 0)
      await response.body?.cancel()
      if (request.redirect === 'error') throw failed(`\`${request.url}\` redirects to \`${location}\``)
      if (redirects === maxRedirects)
        throw failed(`\`${first.url}\` redirects more than ${maxRedirects} times`)
      if (!URL.canParse(location, request.url))
        throw failed(`\`${request.url}\` redirects to \`${location}\`, which is not a URL`)
      request = redirected(copy, new URL(location, request.url), response.status)
      const url = new URL(request.url)
      if (url.origin !== origin || isServed(url)) return fetch(request)
    }
  }
}

/** Whether something else than the app answers a path, as the app is asked for it. */
export function servedPaths({ base, requestBase, links: { served } }: ServedOptions): (url: URL) => boolean {
  const isMatch = urlMatcher(served, base)
  return ({ pathname }) => isMatch(requestBase ? pathname : base + pathname.slice(1))
}

/** The address that `fetch()` was given, or of the path that it was given. */
function addressOf(input: string | URL | Request, origin: string): URL | undefined {
  const address = typeof input === 'object' && 'url' in input ? input.url : String(input)
  if (/^\/(?!\/)/.test(address)) return new URL(address, origin)
  return URL.canParse(address) ? new URL(address) : undefined
}

/** Asks the app, unless the request is part of an endless chain. */
async function ask(request: Request, appFetch: RunningApp['fetch']): Promise<Response> {
  const { signal } = request
  signal.throwIfAborted()
  const chain = extended(request)
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  )
  const response = await Promise.race([currentChain.run(chain, () => appFetch(request)), aborted])
  if (chain.failed.error) throw chain.failed.error
  if (!(response instanceof Response)) throw failed("the app's `fetch` did not return a `Response`")
  return response
}

/** The chain with a further request. Throws if it does not seem to end. */
function extended({ method, url }: Request): Chain {
  const { pathname, search } = new URL(url)
  const request = method === 'GET' ? pathname + search : `${method} ${pathname}${search}`
  const page = currentPage.getStore()
  const chain = currentChain.getStore() ?? { requests: page === undefined ? [] : [page], failed: {} }
  const requests = [...chain.requests, request]
  const same = requests.filter((other) => other === request).length
  if (requests.length > maxDepth || same > maxSame) {
    const shown = requests.slice(-4).map((name) => `\`${name}\``)
    chain.failed.error ??= new Error(
      `\`fetch()\` of the app's own pages does not end: ${requests.length > 4 ? '… → ' : ''}${shown.join(' → ')}. ` +
        'If something else answers one of them, name it in the option `links.served`',
    )
    throw chain.failed.error
  }
  return { requests, failed: chain.failed }
}

/** The request that follows a redirect, by the rules of the Fetch standard. */
function redirected(request: Request, url: URL, status: number): Request {
  const headers = new Headers(request.headers)
  if (url.origin !== new URL(request.url).origin)
    for (const name of ['authorization', 'cookie', 'proxy-authorization', 'host']) headers.delete(name)
  const { method, signal } = request
  const isPost = method === 'POST'
  const becomesGet = status === 303 ? method !== 'GET' && method !== 'HEAD' : isPost && status <= 302
  if (!becomesGet) {
    const init = { method, headers, signal, body: request.body, duplex: 'half' }
    return new Request(url, init as RequestInit)
  }
  for (const name of ['encoding', 'language', 'length', 'location', 'type']) headers.delete(`content-${name}`)
  return new Request(url, { headers, signal })
}

const bodiless = new Set([101, 204, 205, 304])

/** The app's response as `fetch()` gives it: decoded, with an address, and no longer readable after an abort. */
function fetched(response: Response, { method, url, signal }: Request, isRedirected: boolean): Response {
  const { status, statusText, headers } = response
  const hasBody = response.body !== null && method !== 'HEAD' && !bodiless.has(status)
  const body = hasBody
    ? ReadableStream.from(decodeBody(response.body!, headers.get('content-encoding'), '')).pipeThrough(
        new TransformStream(),
        { signal },
      )
    : null
  const result = new Response(body, { status, statusText, headers })
  return Object.defineProperties(result, {
    url: { value: url.replace(/#.*/, '') },
    redirected: { value: isRedirected },
  })
}

/** An error as Node's own `fetch` throws it. */
const failed = (why: string) => new TypeError(`fetch failed: ${why}`)
