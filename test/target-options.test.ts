import { expect, test } from 'vitest'
import { resolveOptions, type Target } from '../src/options.ts'

const resolved = (options: object) => {
  const target = { backend: 'directory', path: '../www', ...options } as Target
  return resolveOptions({ publish: { x: target } }, { root: '/app', base: '/' }).publish.x
}

test.each<[options: object, message: string, hint: string]>([
  [{ headers: { match: 'a' } }, '`publish.x.headers` is an object', 'a list of rules'],
  [{ headers: ['no-cache'] }, '`publish.x.headers[0]` is a string', 'a rule such as'],
  [{ headers: [new Headers()] }, '`publish.x.headers[0]` is an object', 'a rule such as'],
  [{ headers: [{ 'cache-control': 'no-cache' }] }, '`publish.x.headers[0].match` is missing', 'required'],
  [{ headers: [{ match: [] }] }, '`publish.x.headers[0].match` has no patterns', 'Add one'],
  [{ headers: [{ match: ['a', ''] }] }, '`publish.x.headers[0].match[1]` is an empty string', '`posts/**`'],
  [{ headers: [{ match: /a/ }] }, '`publish.x.headers[0].match` is an object', '`posts/**`'],
  [
    { headers: [{ match: 'a', 'x-robots-tag': 'noindex' }] },
    '`publish.x.headers[0]` has no option `x-robots-tag`',
    'Storages serve only `content-type`, `cache-control`',
  ],
  [
    { headers: [{ match: 'a', 'Cache-Control': 'no-cache' }] },
    '`publish.x.headers[0]` has no option `Cache-Control`',
    'Did you mean `cache-control`?',
  ],
  [
    { headers: [{ match: 'a', 'cache-control': 'a\r\nb' }] },
    '`publish.x.headers[0].cache-control` is `a\r\nb`',
    'ASCII',
  ],
  [
    { headers: [{ match: 'a', 'cache-control': 60 }] },
    '`publish.x.headers[0].cache-control` is `60`',
    'ASCII',
  ],
  [
    { compress: [{ encoding: 'deflate' }] },
    '`publish.x.compress[0].encoding` is `deflate`',
    '`br` or `gzip`',
  ],
  [{ compress: [{ encoding: 'gzp' }] }, '`publish.x.compress[0].encoding` is `gzp`', 'Did you mean `gzip`?'],
  [{ compress: [{ match: 'a' }] }, '`publish.x.compress[0].encoding` is missing', 'required'],
  [
    { compress: [{ encoding: 'br', math: 'a' }] },
    '`publish.x.compress[0]` has no option `math`',
    'Did you mean `match`?',
  ],
  [{ compress: ['br'] }, '`publish.x.compress[0]` is a string', 'a rule such as'],
  [{ compress: 'br' }, '`publish.x.compress` is `br`', 'a list of rules'],
  [{ cleanUrls: 'yes' }, '`publish.x.cleanUrls` is `yes`', '`true` or `false`'],
  [{ keepAssets: true }, '`publish.x.keepAssets` is `true`', '`false`'],
  [{ keepAssets: null }, '`publish.x.keepAssets` is `null`', '`false`'],
  [{ keepAssets: { weeks: 1 } }, '`publish.x.keepAssets` has no option `weeks`', 'It has `deploys`, `days`.'],
  [{ keepAssets: { days: -1 } }, '`publish.x.keepAssets.days` is `-1`', '0 or more'],
  [{ verify: 'status' }, '`publish.x.verify` is a string', "`{ content: 'status', headers: false }`"],
  [{ verify: { content: 'size' } }, '`publish.x.verify.content` is `size`', '`exact` or `status`'],
  [{ verify: { headers: 0 } }, '`publish.x.verify.headers` is `0`', '`true` or `false`'],
  [{ verify: { header: false } }, '`publish.x.verify` has no option `header`', 'Did you mean `headers`?'],
  [{ verifyTimeout: 0 }, '`publish.x.verifyTimeout` is `0`', '1 or more'],
  [{ publicUrl: 'www' }, '`publish.x.publicUrl` is `www`', 'a full address'],
  [{ publicUrl: '' }, '`publish.x.publicUrl` is an empty string', 'a full address'],
  [{ publicUrl: 'ftp://www/' }, '`publish.x.publicUrl` is `ftp://www/`', 'a full address'],
  [{ prefix: '/a' }, '`publish.x.prefix` is `/a`', 'A prefix is a path'],
  [{ prefix: 5 }, '`publish.x.prefix` is `5`', 'A prefix is a path'],
  [{ prefxi: 'a' }, '`publish.x` has no option `prefxi`', 'Did you mean `prefix`?'],
])('%j is refused', (options, message, hint) => {
  expect(() => resolved(options)).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID', message, hint: expect.stringContaining(hint) }),
  )
})

test('what is right is taken as it is', () => {
  const options = {
    prefix: '',
    headers: [{ match: ['a', 'b/**'], 'cache-control': 'no-cache' }],
    compress: [{ encoding: 'br' }, { match: '*.svg', encoding: 'gzip' }],
    cleanUrls: true,
    keepAssets: { days: 3 },
    verify: { content: 'status', headers: false },
    verifyTimeout: 60_000,
  }
  expect(resolved(options)).toEqual({ backend: 'directory', path: '../www', ...options })
  expect(resolved({ keepAssets: false })).toMatchObject({ keepAssets: false })
})
