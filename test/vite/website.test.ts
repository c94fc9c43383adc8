import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { website } from '../../src/vite/website.ts'

const home = mkdtempSync(join(tmpdir(), 'website-'))
const site = join(home, 'site')
const files = {
  'index.html': '<h1>home</h1>',
  'about/index.html': '<h1>about</h1>',
  'plain.html': 'plain',
  plain: 'no extension',
  'data.bin': '\u0000\u0001',
  'empty.txt': '',
  'größe & 100%.html': 'odd name',
  '404.html': '<h1>lost</h1>',
  '.vite-distill/state.json': '{}',
  '.well-known/security.txt': 'contact',
}
for (const [key, content] of Object.entries(files)) {
  mkdirSync(dirname(join(site, key)), { recursive: true })
  writeFileSync(join(site, key), content)
}
writeFileSync(join(home, 'secret.txt'), 'secret')
symlinkSync(join(home, 'secret.txt'), join(site, 'link.txt'))
symlinkSync(home, join(site, 'up'))

const serve = website(site)
const get = (path: string, init?: RequestInit) => serve(new Request(`http://localhost${path}`, init))

test.each([
  ['/', 200, '<h1>home</h1>', 'text/html; charset=utf-8'],
  ['/index.html?x=1', 200, '<h1>home</h1>', 'text/html; charset=utf-8'],
  ['/about/', 200, '<h1>about</h1>', 'text/html; charset=utf-8'],
  ['/plain', 200, 'no extension', 'application/octet-stream'],
  ['/data.bin', 200, '\u0000\u0001', 'application/octet-stream'],
  ['/empty.txt', 200, '', 'text/plain; charset=utf-8'],
  ['/gr%C3%B6%C3%9Fe%20&%20100%25.html', 200, 'odd name', 'text/html; charset=utf-8'],
  ['/.well-known/security.txt', 200, 'contact', 'text/plain; charset=utf-8'],
  ['/404.html', 200, '<h1>lost</h1>', 'text/html; charset=utf-8'],
])('%s is served', async (path, status, body, type) => {
  const response = await get(path)
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toBe(type)
  expect(await response.text()).toBe(body)
})

test.each([
  '/missing',
  '/missing/',
  '/plain/',
  '/plain.html/index.html',
  '/.vite-distill/state.json',
  '/.Vite-Distill/state.json',
  '/about/../.vite-distill/state.json',
  '/..%2fsecret.txt',
  '/about/%2e%2e%2f%2e%2e%2fsecret.txt',
  '/..%5csecret.txt',
  '/link.txt',
  '/up/secret.txt',
  '/up',
  '//secret.txt',
  '//about',
  '/%00',
  '/%E0%A4%A',
  '/%',
  `/${'x'.repeat(5000)}`,
])('%s is not found', async (path) => {
  const response = await get(path)
  expect(response.status).toBe(404)
  expect(await response.text()).toBe('<h1>lost</h1>')
})

test('a directory without its slash is redirected, query and all', async () => {
  const response = await get('/about?page=2')
  expect(response.status).toBe(302)
  expect(response.headers.get('location')).toBe('/about/?page=2')
})

test('HEAD has the headers and no body', async () => {
  const response = await get('/', { method: 'HEAD' })
  expect(response.headers.get('content-length')).toBe('13')
  expect(await response.text()).toBe('')
})

test('other methods are refused', async () => {
  const response = await get('/', { method: 'POST', body: 'x' })
  expect(response.status).toBe(405)
  expect(response.headers.get('allow')).toBe('GET, HEAD')
})

test('an unchanged file is not sent again', async () => {
  const etag = (await get('/')).headers.get('etag')!
  expect((await get('/', { headers: { 'if-none-match': etag } })).status).toBe(304)
})

test.each([
  ['weak', (etag: string) => `W/${etag}`, 304],
  ['in a list', (etag: string) => `"a,b", W/"c" , ${etag}`, 304],
  ['any', () => '*', 304],
  ['another', () => '"a", W/"b"', 200],
])('an If-None-Match: %s', async (_, condition, status) => {
  const etag = (await get('/')).headers.get('etag')!
  const response = await get('/', { headers: { 'if-none-match': condition(etag) } })
  expect(response.status).toBe(status)
  expect(response.headers.get('etag')).toBe(etag)
})

test.each([
  ['bytes=0-3', 206, 'no e', 'bytes 0-3/12'],
  ['bytes=3-', 206, 'extension', 'bytes 3-11/12'],
  ['bytes=-4', 206, 'sion', 'bytes 8-11/12'],
  ['bytes=-99', 206, 'no extension', 'bytes 0-11/12'],
  ['bytes=11-99', 206, 'n', 'bytes 11-11/12'],
  ['bytes=12-', 416, '', 'bytes */12'],
  ['bytes=-0', 416, '', 'bytes */12'],
  ['bytes=5-4', 200, 'no extension', null],
  ['bytes=0-1,3-4', 200, 'no extension', null],
  ['bytes=-', 200, 'no extension', null],
  ['lines=0-3', 200, 'no extension', null],
])('a range: %s', async (range, status, body, contentRange) => {
  const response = await get('/plain', { headers: { range } })
  expect(response.status).toBe(status)
  expect(response.headers.get('content-range')).toBe(contentRange)
  expect(response.headers.get('accept-ranges')).toBe('bytes')
  if (status !== 416) expect(response.headers.get('content-length')).toBe(String(body.length))
  expect(await response.text()).toBe(body)
})

test('a range counts only for the version that it was asked of, for a file that is there, and for GET', async () => {
  const etag = (await get('/plain')).headers.get('etag')!
  const ask = async (path: string, headers: Record<string, string>, method = 'GET') =>
    (await get(path, { method, headers: { range: 'bytes=0-1', ...headers } })).status
  expect(await ask('/plain', { 'if-range': etag })).toBe(206)
  expect(await ask('/plain', { 'if-range': '"old"' })).toBe(200)
  expect(await ask('/plain', { 'if-none-match': etag })).toBe(304)
  expect(await ask('/plain', {}, 'HEAD')).toBe(200)
  expect(await ask('/missing', {})).toBe(404)
  expect(await ask('/empty.txt', {})).toBe(416)
})

test('without a 404.html a plain one is sent', async () => {
  const response = await website(join(site, 'about'))(new Request('http://localhost/missing'))
  expect(response.status).toBe(404)
  expect(await response.text()).toBe('Not found\n')
})

test('under a base, only the base is served', async () => {
  const under = website(site, { base: '/blog/' })
  const ask = (path: string) => under(new Request(`http://localhost${path}`))
  expect(await (await ask('/blog/about/')).text()).toBe('<h1>about</h1>')
  expect((await ask('/blog')).headers.get('location')).toBe('/blog/')
  expect((await ask('/blog/about')).headers.get('location')).toBe('/blog/about/')
  expect((await ask('/about/')).status).toBe(404)
  expect((await ask('/blogger/')).status).toBe(404)
})

test('headers given for a key win over its extension', async () => {
  const serving = website(site, {
    headers: (key) => (key === 'plain' ? { 'content-type': 'text/html', 'x-a': 'b' } : undefined),
  })
  const response = await serving(new Request('http://localhost/plain'))
  expect(response.headers.get('content-type')).toBe('text/html')
  expect(response.headers.get('x-a')).toBe('b')
})
