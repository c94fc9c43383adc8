import { expect, test } from 'vitest'
import { encodingByRule } from '../src/publish/site/encoding.ts'
import { headersByRule } from '../src/publish/site/headers.ts'
import { matching } from '../src/publish/site/matching.ts'
import type { BuiltFile } from '../src/publish/site/site.ts'
import { checkTargetOptions, type TargetOptions } from '../src/target-options.ts'

test.each([
  [{ headers: { match: 'a' } }, '`publish.x.headers` is'],
  [{ headers: [{ 'cache-control': 'no-cache' }] }, '`publish.x.headers[0]` has `match`'],
  [{ headers: [{ match: 'a', 'x-robots-tag': 'noindex' }] }, '`publish.x.headers[0]` has `x-robots-tag`'],
  [{ headers: [{ match: 'a', 'Cache-Control': 'no-cache' }] }, 'has `Cache-Control`'],
  [{ headers: [{ match: 'a', 'cache-control': 'a\r\nb' }] }, 'has `cache-control`'],
  [{ compress: [{ encoding: 'zip' }] }, '`publish.x.compress[0]` has `encoding` `zip`'],
  [{ compress: [{ encoding: 'br', math: 'a' }] }, 'has no option `math`'],
  [{ compress: ['br'] }, '`publish.x.compress` is'],
  [{ cleanUrls: 'yes' }, '`publish.x.cleanUrls` is `yes`'],
  [{ keepAssets: true }, '`publish.x.keepAssets` is `true`'],
  [{ keepAssets: { weeks: 1 } }, '`publish.x.keepAssets` has no option `weeks`'],
  [{ keepAssets: { days: -1 } }, '`publish.x.keepAssets.days` is `-1`'],
  [{ verifyTimeout: 0 }, '`publish.x.verifyTimeout` is `0`'],
  [{ publicUrl: 'www' }, '`publish.x.publicUrl` is `www`'],
  [{ prefix: '/a' }, '`publish.x` has `prefix` `/a`'],
])('%j is refused', (options, message) => {
  expect(() => checkTargetOptions('x', options as unknown as TargetOptions)).toThrow(message)
})

test('what is right is taken', () => {
  checkTargetOptions('x', {
    headers: [{ match: ['a', 'b/**'], 'cache-control': 'no-cache' }],
    compress: [{ encoding: 'br' }, { match: '*.svg', encoding: 'gzip' }],
    cleanUrls: true,
    keepAssets: { days: 3 },
    verifyTimeout: 60_000,
  })
  checkTargetOptions('x', { keepAssets: false })
})

test.each([
  ['*.pdf', 'a.pdf', true],
  ['*.pdf', 'docs/a.pdf', false],
  ['**/*.pdf', 'a.pdf', true],
  ['**/*.pdf', 'docs/a.pdf', true],
  ['/docs/**', 'docs/x/a.pdf', true],
  ['.well-known/**', '.well-known/.hidden/a', true],
  [['a', 'b'], 'b', true],
])('%j and %s: %s', (patterns, key, matches) => {
  expect(matching(patterns)(key)).toBe(matches)
})

const file = (more: Partial<BuiltFile>): BuiltFile => ({
  key: 'index.html',
  url: '/',
  kind: 'page',
  size: 5000,
  md5: '',
  sha256: '',
  status: 200,
  headers: { 'content-type': 'text/html' },
  redirect: undefined,
  ...more,
})

test('only what storages serve is stored, always in the same order', () => {
  const headersOf = headersByRule([{ match: 'index.html', 'content-language': 'en' }])
  const headers = { 'x-robots-tag': 'none', 'cache-control': 'no-cache', 'content-type': 'text/html' }
  expect(Object.entries(headersOf(file({ headers })))).toEqual([
    ['content-type', 'text/html'],
    ['cache-control', 'no-cache'],
    ['content-language', 'en'],
  ])
})

test('compressed is every text that is worth it, by the first rule that matches', () => {
  const encodingOf = encodingByRule([{ match: 'raw/**', encoding: 'gzip' }, { encoding: 'br' }])
  const of = (more: Partial<BuiltFile>, type = 'text/html; charset=utf-8') => encodingOf(file(more), type)
  expect(of({})).toBe('br')
  expect(of({ key: 'raw/a.png' }, 'image/png')).toBe('gzip')
  for (const type of ['image/png', 'video/mp4', 'font/woff2', 'application/zip', 'application/pdf'])
    expect(of({}, type)).toBeUndefined()
  for (const type of [
    'image/svg+xml',
    'application/json',
    'text/javascript',
    'application/rss+xml',
    'application/wasm',
  ])
    expect(of({}, type)).toBe('br')
  expect(of({ size: 100 })).toBeUndefined()
  expect(of({ size: 33 * 1024 * 1024 })).toBeUndefined()
  expect(of({ kind: 'redirect' })).toBeUndefined()
  expect(encodingByRule()(file({}), 'text/html')).toBeUndefined()
})
