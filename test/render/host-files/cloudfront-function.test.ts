import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { cloudfrontFunction } from '../../../src/render/host-files/cloudfront-function.ts'
import { type Files, asset, hashed, hostedSite, redirect, withHeaders } from './site.ts'

type Headers = Record<string, { value: string }>
interface Event {
  version: '1.0'
  context: { eventType: 'viewer-request' | 'viewer-response' }
  viewer: { ip: string }
  request: {
    method: string
    uri: string
    querystring: Record<string, object>
    headers: Headers
    cookies: object
  }
  response?: { statusCode: number; headers: Headers }
}
interface Result {
  uri?: string
  statusCode?: number
  headers: Headers
}

/** The function as CloudFront calls it: with an event of its documented structure, and without Node's globals. */
function deploy(files: Files, options: Parameters<typeof hostedSite>[1] = {}) {
  const code = cloudfrontFunction(hostedSite(files, options))
  const call = (eventType: Event['context']['eventType'], uri: string, querystring = {}): Result => {
    const event: Event = {
      version: '1.0',
      context: { eventType },
      viewer: { ip: '192.0.2.1' },
      request: { method: 'GET', uri, querystring, headers: {}, cookies: {} },
    }
    if (eventType === 'viewer-response')
      event.response = { statusCode: 200, headers: { 'content-type': { value: 'text/html' } } }
    return runInNewContext(`${code}\nJSON.parse(JSON.stringify(handler(${JSON.stringify(event)})))`) as Result
  }
  return {
    code,
    /** The key that the bucket is asked for, or the status and the address of a redirect. */
    ask(uri: string, querystring = {}) {
      const { uri: asked, statusCode, headers } = call('viewer-request', uri, querystring)
      return asked ?? `${statusCode} ${headers.location!.value}`
    },
    headers: (uri: string) =>
      Object.fromEntries(
        Object.entries(call('viewer-response', uri).headers).map(([name, { value }]) => [name, value]),
      ),
  }
}

const noindex = withHeaders({ 'x-robots-tag': 'noindex', 'cache-control': 'no-cache' })

describe('the CloudFront function', () => {
  const files: Files = {
    'index.html': withHeaders({ 'x-frame-options': 'DENY' }),
    'about/index.html': withHeaders({ 'x-frame-options': 'DENY', link: '</ü"\u2028>; rel=next' }),
    'posts/v1.2/index.html': withHeaders({ 'x-frame-options': 'DENY' }),
    CNAME: asset,
    'drafts/1.html': { ...noindex, route: undefined },
    'drafts/2/index.html': { ...noindex, route: undefined },
    'assets/a-12345678.js': hashed,
    'old/index.html': redirect('/new', 308),
    'ü b.rss': redirect('//cdn.example/"', 302),
  }

  it('finds the file of a path', () => {
    const { ask } = deploy(files)
    expect(ask('/')).toBe('/index.html')
    expect(ask('/about/')).toBe('/about/index.html')
    expect(ask('/about')).toBe('301 /about/')
    expect(ask('/posts/v1.2')).toBe('301 /posts/v1.2/')
    const query = {
      a: { value: '1' },
      b: { value: '' },
      c: { value: '3', multiValue: [{ value: '2' }, { value: '%26' }] },
    }
    expect(ask('/about', query)).toBe('301 /about/?a=1&b&c=2&c=%26')
    for (const path of ['/CNAME', '/assets/a-12345678.js', '/missing.js']) expect(ask(path)).toBe(path)
    for (const path of ['//evil.example', '/\\evil.example', '/\\/evil.example'])
      expect(ask(path)).toBe('301 /evil.example/')
    expect(ask('/%E0%A4%A')).toBe('301 /%E0%A4%A/')
    expect(ask('/constructor')).toBe('301 /constructor/')
  })

  it('redirects', () => {
    const { ask } = deploy(files)
    for (const path of ['/old', '/old/', '/old/index.html']) expect(ask(path)).toBe('308 /new')
    for (const path of ['/%C3%BC%20b.rss', '/ü%20b.rss'])
      expect(ask(path)).toBe('302 https://cdn.example/%22')
  })

  it('sends the headers that a bucket does not', () => {
    const { headers, code } = deploy(files)
    const type = { 'content-type': 'text/html' }
    const everywhere = { ...type, 'x-frame-options': 'DENY' }
    for (const path of ['/', '/index.html', '/assets/a-12345678.js', '/constructor'])
      expect(headers(path)).toEqual(everywhere)
    for (const path of ['/about/', '/about/index.html'])
      expect(headers(path)).toEqual({ ...everywhere, link: '</ü"\u2028>; rel=next' })
    for (const path of ['/drafts/1.html', '/drafts/2/'])
      expect(headers(path)).toEqual({ ...everywhere, 'x-robots-tag': 'noindex' })
    // oxlint-disable-next-line no-control-regex
    expect(code).toMatch(/^[\x00-\x7f]*$/)
  })

  it.each([
    [
      'file' as const,
      { '/about': '/about.html', '/v1.2': '/v1.2.html', '/docs/': '/docs/index.html', '/CNAME': '/CNAME' },
    ],
    [
      'exact' as const,
      { '/about': '/about', '/v1.2': '/v1.2', '/docs/': '/docs/index.html', '/CNAME': '/CNAME' },
    ],
  ])('knows the layout `%s`', (layout, expected) => {
    const pages: Files = { 'docs/index.html': {}, CNAME: asset, 'about.html': {}, 'v1.2.html': {} }
    const { ask } = deploy(pages, { layout })
    for (const [path, key] of Object.entries(expected)) expect(ask(path)).toBe(key)
  })

  it('has the base', () => {
    const { ask, headers } = deploy(
      { 'old/index.html': redirect('/b%20c/new'), 'a.html': withHeaders({ link: '<a>' }), 'index.html': {} },
      { base: '/b%20c/' },
    )
    expect(ask('/b%20c/')).toBe('/b%20c/index.html')
    expect(ask('/b%20c/old')).toBe('301 /b%20c/new')
    expect(headers('/b%20c/a.html').link).toBe('<a>')
  })

  it('fails where it is larger than CloudFront takes', () => {
    const many = (n: number) =>
      Object.fromEntries(Array.from({ length: n }, (_, i) => [`old-page-${i}/index.html`, redirect('/new')]))
    expect(Buffer.byteLength(deploy(many(150)).code)).toBeLessThanOrEqual(10_240)
    expect(() => deploy(many(1000))).toThrow(
      /would have [\d,]+ bytes, and CloudFront takes 10,240: it would hold 1,000 redirects and 0 rules of headers/,
    )
  })
})
