import { expect, test } from 'vitest'
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
