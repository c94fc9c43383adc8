import { describe, expect, it } from 'vitest'
import { readResponse } from '../../src/render/response.ts'

const origin = 'https://www.example.com'
const plain = { origin, base: '/', requestBase: false }

function redirectOf(location: string, addresses = plain, url = '/a/q') {
  const response = new Response(null, { status: 302, headers: { location } })
  return readResponse(response, [302], { url, key: 'a/q/index.html' }, addresses).redirect?.to
}

describe('the `location` of a redirect', () => {
  it.each([
    ['x', '/a/x'],
    ['./x', '/a/x'],
    ['../x', '/x'],
    ['../../../x', '/x'],
    ['x/y?z=1#h', '/a/x/y?z=1#h'],
    ['?z=1', '/a/q?z=1'],
    ['#h', '/a/q#h'],
    ['.', '/a/'],
    ['..', '/'],
    ['/x', '/x'],
    ['/x/../y', '/y'],
    [`${origin}/x?y`, '/x?y'],
    ['//www.example.com/x', '/x'],
    ['https://other.example/x', 'https://other.example/x'],
    ['//other.example/x', '//other.example/x'],
    ['/\\other.example/x', '//other.example/x'],
    ['..//other.example/x', '/.//other.example/x'],
  ])('`%s` leads to `%s`', (location, to) => {
    expect(redirectOf(location)).toBe(to)
    expect(new URL(to, `${origin}/a/q/`).href).toBe(new URL(location, `${origin}/a/q`).href)
  })

  it('gets `base` where it is relative', () => {
    const docs = { ...plain, base: '/docs/' }
    expect(redirectOf('x', docs)).toBe('/docs/a/x')
    expect(redirectOf('/x', docs)).toBe('/x')
    expect(redirectOf('x', { ...docs, requestBase: true })).toBe('/docs/a/x')
    expect(redirectOf('../../x', { ...docs, requestBase: true })).toBe('/x')
  })

  it.each(['javascript:alert(1)', 'mailto:a@b.example', 'http://['])('is not `%s`', (location) => {
    expect(() => redirectOf(location)).toThrow(`it redirects to \`${location}\`, which is not a `)
  })
})

describe('a redirect that no page expects', () => {
  const docs = { ...plain, base: '/docs/' }
  const refused = (location: string, url: string, addresses = docs) => {
    const response = new Response(null, { status: 307, headers: { location } })
    try {
      readResponse(response, [200], { url, key: 'x' }, addresses)
    } catch (error) {
      return (error as Error).message
    }
    return undefined
  }

  it('to the same page with `base` names the option', () => {
    for (const location of ['/docs/about', '/docs/about/', `${origin}/docs/about`])
      expect(refused(location, '/about')).toContain('`requestBase: true`')
    expect(refused('/docs/', '/')).toBe(
      "it answered 307, a redirect to `/docs/`, where 200 was expected: the app knows Vite's `base`; set the option `requestBase: true`, so that it is asked for pages with it",
    )
  })

  it('to anything else does not', () => {
    for (const location of [
      '/docs/login',
      '/about/',
      '/docs',
      'https://other.example/docs/about',
      'http://[',
    ])
      expect(refused(location, '/about')).toMatch(/where 200 was expected$/)
    expect(refused('/docs/about/', '/about', { ...docs, requestBase: true })).toMatch(/expected$/)
    expect(refused('/about/', '/about', plain)).toMatch(/expected$/)
  })
})

describe('the headers of a page', () => {
  it('are recorded where a storage keeps them or a host can send them', () => {
    const kept = {
      'content-type': 'text/html',
      'cache-control': 'no-cache',
      link: '</a.css>; rel=preload',
      'content-security-policy': "default-src 'self'",
      'x-robots-tag': 'noindex',
    }
    const headers = { ...kept, date: 'now', etag: '"1"', 'x-powered-by': 'app', 'set-cookie': 'a=b' }
    const page = { url: '/a', key: 'a/index.html' }
    expect(readResponse(new Response('', { headers }), [200], page, plain).headers).toEqual(kept)
  })
})
