import { describe, expect, it } from 'vitest'
import { type CacheKey, type PageFacts, page } from '../../src/routes/page-facts.ts'
import { listPages, pageOf, urlsOf } from '../../src/routes/pages.ts'
import type { DistillRoute, Page } from '../../src/routes/types.ts'

const options = { layout: 'directory', languages: [] as string[] } as const

async function list(route: DistillRoute, languages: string[] = []): Promise<Page[]> {
  const pages: Page[] = []
  await listPages([route], { ...options, languages }, (page) => pages.push(page))
  return pages
}

const failing = (route: DistillRoute) =>
  list(route).then(
    () => 'no error',
    ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
  )

/** The page \`a\` of a route, with these facts. */
const withFacts = (facts: unknown): DistillRoute => ({
  route: '/:slug',
  distillParams: () => [page({ slug: 'a' }, facts as PageFacts)],
})

describe('`page()`', () => {
  it('takes params of every form', async () => {
    const facts = { cacheKey: 1 }
    const of = async (route: string, ...elements: unknown[]) =>
      (await list({ route, distillParams: () => elements.map((params) => page(params, facts)) })).map(
        ({ url, params, cacheKey }) => ({ url, params, cacheKey }),
      )
    const first = { params: { slug: 'a' }, cacheKey: '1' }
    expect(await of('/p/:slug', { slug: 'a' }, ['b'], 'c', 7, 8n, '/p/d')).toEqual([
      { ...first, url: '/p/a' },
      ...['b', 'c', '7', '8', 'd'].map((slug) => ({ url: `/p/${slug}`, params: { slug }, cacheKey: '1' })),
    ])
    expect(await of('/about', null)).toEqual([{ url: '/about', params: undefined, cacheKey: '1' }])
    const bad = { route: '/p/:slug', distillParams: () => ['x', page(undefined, {})] }
    expect(await failing(bad)).toContain('element 1 of `distillParams` is undefined')
    // \`renderFile()\` takes what \`distillParams\` does.
    expect(pageOf({ route: '/p/:slug' }, page('a', facts), options).page).toMatchObject({ url: '/p/a' })
  })

  it('says when a page changed last, and how important it is', async () => {
    const facts = { lastmod: new Date(0), priority: 0.5 }
    expect(await list(withFacts(facts))).toMatchObject([
      { lastmod: '1970-01-01T00:00:00.000Z', priority: 0.5 },
    ])
    expect(await list(withFacts({ lastmod: '2026-01-31', priority: 0 }))).toMatchObject([
      { lastmod: '2026-01-31', priority: 0 },
    ])
    const [none] = await list(withFacts({ lastmod: undefined, priority: undefined, cacheKey: undefined }))
    expect(none).toEqual({ url: '/a', key: 'a/index.html', params: { slug: 'a' }, route: 0 })
  })

  it.each<[facts: unknown, problem: string]>([
    [{ cacheKey: null }, '`cacheKey` is `null`; it must be a text, a number or a date, or `undefined`'],
    [{ cacheKey: '' }, '`cacheKey` is an empty text'],
    [{ cacheKey: true }, '`cacheKey` is `true`'],
    [{ cacheKey: Number.NaN }, '`cacheKey` is `NaN`'],
    [{ cacheKey: Infinity }, '`cacheKey` is `Infinity`'],
    [{ cacheKey: new Date('x') }, '`cacheKey` is an invalid date'],
    [{ cacheKey: ['a'] }, '`cacheKey` is an array'],
    [{ cacheKey: {} }, '`cacheKey` is an object'],
    [{ cacheKey: () => 'a' }, '`cacheKey` is a function'],
    [{ cacheKey: Symbol('a') }, '`cacheKey` is a symbol'],
    [{ cacheKey: Promise.resolve('a') }, '`cacheKey` is an object'],
    [
      { lastmod: 'yesterday' },
      '`lastmod` is `yesterday`; it must be a `Date`, or a text such as `2026-01-31`',
    ],
    [{ lastmod: '2026-01-31T12:00:00' }, '`lastmod` is `2026-01-31T12:00:00`'],
    [{ lastmod: '2026-13-01' }, '`lastmod` is `2026-13-01`'],
    [{ lastmod: '2026-02-30' }, '`lastmod` is `2026-02-30`'],
    [{ lastmod: '2026-01-31T25:00:00Z' }, '`lastmod` is `2026-01-31T25:00:00Z`'],
    [{ lastmod: new Date('x') }, '`lastmod` is an invalid date'],
    [{ lastmod: 0 }, '`lastmod` is `0`'],
    [{ priority: 1.1 }, '`priority` is `1.1`; it must be a number from 0 to 1'],
    [{ priority: -0.1 }, '`priority` is `-0.1`'],
    [{ priority: '0.5' }, '`priority` is `0.5`'],
    [{ priority: Number.NaN }, '`priority` is `NaN`'],
    [{ priority: null }, '`priority` is `null`'],
    [{ lastMod: new Date() }, '`page()` was given `lastMod`; it takes `cacheKey`, `lastmod` and `priority`'],
    [undefined, '`page()` was given `undefined` as its second argument; it takes an object'],
    ['v1', '`page()` was given `v1` as its second argument'],
    [new Date(), '`page()` was given a date as its second argument'],
    [['v1'], '`page()` was given an array as its second argument'],
  ])('refuses %j', async (facts, problem) => {
    const message = await failing(withFacts(facts))
    expect(message).toContain('PARAMS_INVALID: cannot list the pages of route `/:slug`')
    expect(message).toContain('`{"slug":"a"}`')
    expect(message).toContain(problem)
  })

  it('is told all problems at once', async () => {
    const elements = [page('a', { priority: 2 }), page('b', {}), page('c', { priority: 3 })]
    const message = await failing({ route: '/:slug', distillParams: () => elements })
    expect(message).toContain('2 problems')
    expect(message).toContain('`["a"]`')
    expect(message).toContain('`["c"]`')
  })

  it('knows a page of another copy of this package', async () => {
    const element = { [Symbol.for('vite-distill.page')]: { params: 'a', facts: { cacheKey: 'x' } } }
    expect(await list({ route: '/:slug', distillParams: () => [element] })).toMatchObject([{ cacheKey: 'x' }])
  })
})

describe('the cache key', () => {
  const keyOf = async (cacheKey: unknown) => (await list(withFacts({ cacheKey })))[0]!.cacheKey

  it('is of a text, a number or a date; a long one is hashed', async () => {
    expect(await keyOf('v1')).toBe('v1')
    expect(await keyOf(0)).toBe('0')
    expect(await keyOf(12n)).toBe('12')
    expect(await keyOf(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
    expect(await keyOf('x'.repeat(64))).toBe('x'.repeat(64))
    expect(await keyOf('x'.repeat(65))).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(await keyOf('x'.repeat(65))).not.toBe(await keyOf('x'.repeat(66)))
    expect(await keyOf(undefined)).toBe(undefined)
  })

  it.each<[own: unknown[], ofRoute: unknown[], key: string | undefined]>([
    [[], [], undefined],
    [['p'], [], 'p'],
    [[], ['r'], 'r'],
    [['p'], ['r'], '["r","p"]'],
    [[undefined], ['r'], undefined],
    [['p'], [undefined], undefined],
    [['p'], [() => undefined], undefined],
    [['p'], [() => Promise.resolve('r')], '["r","p"]'],
  ])('of a page with %j in a route with %j is %j', async (own, ofRoute, key) => {
    const facts: PageFacts = own.length > 0 ? { cacheKey: own[0] as CacheKey } : {}
    const exports = ofRoute.length > 0 ? { distillCacheKey: ofRoute[0] as CacheKey } : {}
    const [found] = await list({ route: '/:slug', distillParams: () => [page('a', facts)], ...exports })
    expect(found!.cacheKey).toBe(key)
  })

  it('of a route is asked for once, or once for each language', async () => {
    const asked: unknown[] = []
    const route: DistillRoute = {
      route: '/:lang/:slug',
      distillParams: () => ['a', 'b'],
      distillCacheKey(context) {
        asked.push(context)
        return `menu of ${context.lang}`
      },
    }
    const pages = await list(route, ['en', 'fr'])
    expect(asked).toEqual(['en', 'fr'].map((lang) => ({ route: '/:lang/:slug', lang })))
    expect(pages.map(({ url, cacheKey }) => [url, cacheKey])).toEqual([
      ['/en/a', 'menu of en'],
      ['/en/b', 'menu of en'],
      ['/fr/a', 'menu of fr'],
      ['/fr/b', 'menu of fr'],
    ])
    // Who only wants to know the URLs does not ask.
    await urlsOf([route], { ...options, languages: ['en'] })
    expect(asked).toHaveLength(2)
  })

  it.each<[given: unknown, problem: string]>([
    [null, '`distillCacheKey` is `null`; it must be'],
    ['', '`distillCacheKey` is an empty text'],
    [{}, '`distillCacheKey` is an object'],
    [() => null, 'what `distillCacheKey` returned is `null`'],
    [async () => [], 'what `distillCacheKey` returned is an array'],
    [
      () => {
        throw new Error('no database')
      },
      '`distillCacheKey` threw: no database',
    ],
    [() => Promise.reject(new Error('no database')), '`distillCacheKey` threw: no database'],
  ])('of a route is refused: %j', async (given, problem) => {
    const message = await failing({ route: '/a', distillCacheKey: given as CacheKey })
    expect(message).toContain('PARAMS_INVALID: cannot list the pages of route `/a`: ')
    expect(message).toContain(problem)
  })
})

// Of types: a mistake is red in the editor. The compiler checks this, nothing runs it.
export function types(): void {
  page({ slug: 'a' }, { cacheKey: 'v1', lastmod: '2026-01-31', priority: 0.5 })
  page('a', { cacheKey: 1 as number | undefined, lastmod: new Date() })
  // @ts-expect-error no facts
  page('a')
  // @ts-expect-error not a key
  page('a', { cacheKey: null })
  // @ts-expect-error a promise
  page('a', { cacheKey: Promise.resolve('v1') })
  // @ts-expect-error an object
  page('a', { cacheKey: { version: 1 } })
  // @ts-expect-error a number
  page('a', { lastmod: 0 })
  // @ts-expect-error a text
  page('a', { priority: '1' })
  // @ts-expect-error no such fact
  page('a', { lastMod: new Date() })
  const route: DistillRoute = { route: '/', distillCacheKey: async ({ lang }) => lang }
  // @ts-expect-error a function that gives no key
  route.distillCacheKey = () => null
  // @ts-expect-error not a key
  route.distillCacheKey = null
}
