import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fetchFromApp } from '../../../src/render/worker/fetch-from-app.ts'
import { currentPage } from '../../../src/render/worker/globals.ts'

/** What answers on the network at `origin`. */
const network = createServer((req, res) => res.end(`network ${req.method} ${req.url}`))
const { fetch } = globalThis
let origin: string

beforeEach(async () => {
  await new Promise<void>((listening) => network.listen(0, '127.0.0.1', listening))
  origin = `http://127.0.0.1:${(network.address() as AddressInfo).port}`
})
afterEach(async () => {
  globalThis.fetch = fetch
  network.closeAllConnections()
  await new Promise((closed) => network.close(closed))
})

type App = (request: Request, path: string) => Response | Promise<Response>

/** Counts the requests to the app. */
function serve(app: App, options: { base?: string; requestBase?: boolean; served?: string[] } = {}) {
  const { base = '/', requestBase = false, served = [] } = options
  const asked: string[] = []
  fetchFromApp({ origin, base, requestBase, links: { served } }, (request) => {
    const { pathname, search } = new URL(request.url)
    asked.push(pathname + search)
    return app(request, pathname)
  })
  return asked
}

const echo: App = async (request) =>
  Response.json({
    method: request.method,
    path: request.url.slice(origin.length),
    header: request.headers.get('x-header'),
    type: request.headers.get('content-type'),
    body: await request.text(),
  })

const moved = (location: string, status = 302) => new Response('moved', { status, headers: { location } })

describe('`fetch()` in the app', () => {
  it('reaches the app by a path and by an address on `origin`, in every form', async () => {
    const asked = serve(echo)
    for (const input of [
      '/api?x=1',
      `${origin}/api?x=1`,
      new URL('/api?x=1', origin),
      new Request(`${origin}/api?x=1`),
    ])
      expect(await (await globalThis.fetch(input)).json()).toMatchObject({ path: '/api?x=1', method: 'GET' })
    expect(asked).toHaveLength(4)
  })

  it('passes method, headers and body', async () => {
    serve(echo)
    const init = { method: 'POST', body: 'a=1', headers: { 'x-header': 'y' } }
    const expected = { method: 'POST', header: 'y', body: 'a=1', type: 'text/plain;charset=UTF-8' }
    expect(await (await globalThis.fetch(`${origin}/api`, init)).json()).toMatchObject(expected)
    const request = new Request(`${origin}/api`, init)
    expect(await (await globalThis.fetch(request)).json()).toMatchObject(expected)
    const changed = await globalThis.fetch(new Request(`${origin}/api`, init), { method: 'PUT', body: 'b' })
    expect(await changed.json()).toMatchObject({ method: 'PUT', body: 'b', header: 'y' })
  })

  it('goes to the network for every other address', async () => {
    const asked = serve(echo)
    const other = createServer((_, res) => res.end('other'))
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening))
    const { port } = other.address() as AddressInfo
    try {
      expect(await (await globalThis.fetch(`http://127.0.0.1:${port}/api`)).text()).toBe('other')
    } finally {
      other.closeAllConnections()
      other.close()
    }
    await expect(globalThis.fetch('api')).rejects.toThrow(TypeError)
    await expect(globalThis.fetch('//host/api')).rejects.toThrow(TypeError)
    expect(asked).toEqual([])
  })

  it('goes to the network for what `links.served` names', async () => {
    const asked = serve(echo, { served: ['/api/**', '/é/*', '/docs/feed.xml'], base: '/docs/' })
    for (const path of ['/api/posts', '/api/a/.b?c', '/api', '/%C3%A9/x', '/feed.xml', '/docs/feed.xml']) {
      expect(await (await globalThis.fetch(path)).text()).toBe(`network GET ${path}`)
      const request = new Request(origin + path, { method: 'POST', body: 'x' })
      expect(await (await globalThis.fetch(request)).text()).toBe(`network POST ${path}`)
    }
    expect(asked).toEqual([])
    await globalThis.fetch('/apis')
    await globalThis.fetch('/a/feed.xml')
    expect(asked).toEqual(['/apis', '/a/feed.xml'])
  })

  it('decodes a compressed body', async () => {
    const headers = { 'content-encoding': 'gzip' }
    serve(() => new Response(gzipSync('{"a":1}'), { headers }))
    expect(await (await globalThis.fetch('/api')).json()).toEqual({ a: 1 })
  })

  it.each([204, 205, 304])('gives a response of status %i without a body', async (status) => {
    serve(() => new Response(null, { status }))
    const response = await globalThis.fetch('/api')
    expect([response.status, await response.text()]).toEqual([status, ''])
  })

  it('gives no body to HEAD', async () => {
    serve(() => new Response('text', { headers: { 'x-a': 'b' } }))
    const response = await globalThis.fetch('/api', { method: 'HEAD' })
    expect([response.headers.get('x-a'), await response.text()]).toEqual(['b', ''])
  })
})

describe('a redirect that `fetch()` meets', () => {
  it('is followed, and the response says so', async () => {
    serve((request, path) => (path === '/a/old' ? moved('new?x') : echo(request, path)))
    const response = await globalThis.fetch('/a/old')
    expect(response).toMatchObject({ status: 200, redirected: true, url: `${origin}/a/new?x` })
    expect(await response.json()).toMatchObject({ path: '/a/new?x' })
    expect(await globalThis.fetch('/a/new')).toMatchObject({ redirected: false, url: `${origin}/a/new` })
  })

  it.each([
    [301, 'POST', { method: 'GET', body: '', type: null }],
    [302, 'POST', { method: 'GET', body: '', type: null }],
    [302, 'PUT', { method: 'PUT', body: 'a' }],
    [303, 'PUT', { method: 'GET', body: '', type: null }],
    [307, 'POST', { method: 'POST', body: 'a', type: 'text/plain;charset=UTF-8' }],
    [308, 'POST', { method: 'POST', body: 'a', type: 'text/plain;charset=UTF-8' }],
  ])('of status %i after %s follows the standard', async (status, method, expected) => {
    serve(async (request, path) => {
      if (path !== '/old') return echo(request, path)
      await request.text()
      return moved('/new', status)
    })
    const response = await globalThis.fetch('/old', { method, body: 'a', headers: { 'x-header': 'h' } })
    expect(await response.json()).toMatchObject({ ...expected, header: 'h' })
  })

  it('is given with `redirect: manual`, and is an error with `redirect: error`', async () => {
    serve(() => moved('/new'))
    const response = await globalThis.fetch('/old', { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([302, '/new'])
    await expect(globalThis.fetch('/old', { redirect: 'error' })).rejects.toThrow(
      `fetch failed: \`${origin}/old\` redirects to \`/new\``,
    )
  })

  it('may lead to the network', async () => {
    serve(() => moved('/api/x', 307), { served: ['/api/**'] })
    const response = await globalThis.fetch('/old', { method: 'POST', body: 'a' })
    expect(await response.text()).toBe('network POST /api/x')
  })

  it('ends after 20', async () => {
    const asked = serve((_, path) => moved(`${path}x`))
    await expect(globalThis.fetch('/a')).rejects.toThrow('redirects more than 20 times')
    expect(asked).toHaveLength(21)
  })

  it('that leads nowhere is an error', async () => {
    serve(() => moved('http://['))
    await expect(globalThis.fetch('/a')).rejects.toThrow('redirects to `http://[`, which is not a URL')
  })
})

describe('an abort', () => {
  it('ends a request to the app', async () => {
    const asked = serve(() => new Promise(() => {}))
    await expect(globalThis.fetch('/a', { signal: AbortSignal.abort(new Error('early')) })).rejects.toThrow(
      'early',
    )
    expect(asked).toEqual([])
    const abort = new AbortController()
    const response = globalThis.fetch('/a', { signal: abort.signal })
    abort.abort(new Error('late'))
    await expect(response).rejects.toThrow('late')
  })

  it('reaches the app, and ends the body', async () => {
    let signal: AbortSignal | undefined
    serve((request) => {
      ;({ signal } = request)
      return new Response(new ReadableStream({ start: (body) => body.enqueue(new Uint8Array(1)) }))
    })
    const abort = new AbortController()
    const response = await globalThis.fetch('/a', { signal: abort.signal })
    abort.abort(new Error('late'))
    await expect(response.text()).rejects.toThrow('late')
    expect(signal!.aborted).toBe(true)
  })
})

describe('a page that fetches itself', () => {
  it('fails with the way that leads back, also where the app makes responses of errors', async () => {
    const asked = serve(async (_, path) => {
      try {
        const others = [1, 2, 3].map(() => globalThis.fetch(path === '/a' ? '/b' : '/a'))
        return new Response((await Promise.all(others)).map(String).join(''))
      } catch (error) {
        return new Response(String(error), { status: 500 })
      }
    })
    const page = currentPage.run('/a', () => globalThis.fetch('/b'))
    await expect(page).rejects.toThrow(
      "`fetch()` of the app's own pages does not end: … → `/b` → `/a` → `/b` → `/a`",
    )
    expect(asked.length).toBeLessThan(100)
  })

  it('fails where each request has another address', async () => {
    const asked = serve((_, path) => globalThis.fetch(`${path}x`))
    await expect(globalThis.fetch('/')).rejects.toThrow('does not end')
    expect(asked).toHaveLength(32)
  })

  it('may do so once, with another request', async () => {
    serve((request) => (request.headers.has('x-data') ? new Response('data') : globalThis.fetch('/a')))
    const page = currentPage.run('/a', () => globalThis.fetch('/a', { headers: { 'x-data': '1' } }))
    expect(await (await page).text()).toBe('data')
  })
})
