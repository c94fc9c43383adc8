import { expect, test } from 'vitest'
import { resolveOptions, type Target } from '../src/options.ts'
import type { PurgeOption } from '../src/purge-options.ts'

const resolved = (purge: unknown, publicUrl: string | undefined = 'https://www.example.com/') => {
  const target = { backend: 'directory', path: '../www', publicUrl, purge } as Target
  return resolveOptions({ publish: { x: target } }, { root: '/app', base: '/' }).publish.x!.purge
}

test.each<[purge: unknown, message: string, hint: string]>([
  ['cloudflare', '`publish.x.purge` is a string', 'or a function'],
  [{}, '`publish.x.purge` does not name exactly one provider', 'Name one'],
  [{ fastly: {}, cloudflare: { zoneId: 'z' } }, '`publish.x.purge` does not name exactly one', 'a function'],
  [
    { cloudfare: { zoneId: 'z' } },
    '`publish.x.purge` has no option `cloudfare`',
    'Did you mean `cloudflare`?',
  ],
  [{ cloudflare: 'z' }, '`publish.x.purge.cloudflare` is a string', "`{ zoneId: '023e…' }`"],
  [{ cloudflare: {} }, '`publish.x.purge.cloudflare.zoneId` is missing', 'required'],
  [
    { cloudflare: { zoneId: 'z', apiToken: 1 } },
    '`publish.x.purge.cloudflare.apiToken` is a number',
    'a string',
  ],
  [
    { cloudfront: { distributionId: 'E', maxPaths: 3001 } },
    '`publish.x.purge.cloudfront.maxPaths` is more than CloudFront accepts',
    '3,000',
  ],
  [{ googleCloudCdn: { url: 'u' } }, '`publish.x.purge.googleCloudCdn` has no option `url`', '`urlMap`'],
  [
    { azureFrontDoor: { profile: 'p' } },
    '`publish.x.purge.azureFrontDoor.subscriptionId` is missing',
    'required',
  ],
])('%o', (purge, message, hint) => {
  expect(() => resolved(purge)).toThrow(
    expect.objectContaining({
      code: 'OPTION_INVALID',
      message: expect.stringContaining(message),
    }),
  )
  try {
    resolved(purge)
  } catch (error) {
    const { message: all, hint: one } = error as Error & { hint?: string }
    expect(one ?? all).toContain(hint)
  }
})

test('`purge` needs `publicUrl`', () => {
  const target: Target = { backend: 'directory', path: '../www', purge: { fastly: {} } }
  expect(() => resolveOptions({ publish: { x: target } }, { root: '/app', base: '/' })).toThrow(
    expect.objectContaining({ message: '`publish.x.purge` needs `publicUrl`' }),
  )
})

test('a provider or a function', () => {
  const purge = () => {}
  expect(resolved(purge)).toBe(purge)
  expect(resolved({ cloudfront: { distributionId: 'E' } })).toEqual({ cloudfront: { distributionId: 'E' } })
})

test('the compiler finds what is wrong', () => {
  // @ts-expect-error two providers
  const two: PurgeOption = { cloudflare: { zoneId: 'z' }, fastly: {} }
  // @ts-expect-error an option that there is not
  const unknown: PurgeOption = { cloudflare: { zoneId: 'z', token: 't' } }
  // @ts-expect-error an option that is missing
  const missing: PurgeOption = { googleCloudCdn: { project: 'p' } }
  expect([two, unknown, missing]).toHaveLength(3)
})
