import { expect, it } from 'vitest'
import { type DistillOptions, resolveOptions } from '../../src/options.ts'
import type { DistillRoute } from '../../src/routes/types.ts'
import { devReport } from '../../src/vite/dev-report.ts'

const app = { fetch: () => new Response() }

const reportOf = (
  distillRoutes: DistillRoute[] | (() => DistillRoute[]),
  options: DistillOptions = {},
  base = '/',
) => devReport(resolveOptions(options, { root: '/app', base }), async () => ({ default: app, distillRoutes }))

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

it('lists the pages of all routes by their URLs under `base`, with their files', async () => {
  const report = await reportOf(
    [
      { route: '/posts/:slug', distillParams: () => [{ slug: 'größe' }, { slug: 'a' }] },
      { route: '/:lang/about', distillParams: ({ lang }) => [{ lang }] },
      { route: '/feed', distillFile: 'feed.xml' },
      { route: '/tags/:tag', distill: 'linked' },
      { route: '/none/:id', distillParams: () => [] },
    ],
    { languages: ['en', 'de'], redirects: { '/old': { to: '/posts/a', status: 302 } } },
    '/docs/',
  )
  expect(report.pages).toEqual([
    { url: '/docs/de/about', key: 'de/about/index.html', route: 1, params: { lang: 'de' } },
    { url: '/docs/en/about', key: 'en/about/index.html', route: 1, params: { lang: 'en' } },
    { url: '/docs/feed', key: 'feed.xml', route: 2 },
    { url: '/docs/posts/a', key: 'posts/a/index.html', route: 0, params: { slug: 'a' } },
    {
      url: '/docs/posts/gr%C3%B6%C3%9Fe',
      key: 'posts/größe/index.html',
      route: 0,
      params: { slug: 'größe' },
    },
  ])
  expect(report.routes.map(({ state, why, pages }) => [state, why, pages])).toEqual([
    ['distilled', 'has `distillParams`', 2],
    ['distilled', 'has `distillParams`', 2],
    ['distilled', '`distillRoutes` lists it', 1],
    ['linked', 'a build finds its pages by links', 0],
    ['distilled', 'has `distillParams`', 0],
  ])
  expect(report.redirects).toEqual([{ from: '/docs/old', to: '/docs/posts/a', status: 302 }])
  expect(report.notices).toEqual(['route `/none/:id` has no pages: its `distillParams` gave an empty list'])
  expect([report.errors, report.warnings]).toEqual([[], []])
})

it('tells each error with its route, and lists the rest', async () => {
  const { routes, pages, errors } = await reportOf(
    [
      {
        route: '/bad/:id',
        distillParams() {
          throw new Error('no such table')
        },
      },
      { route: '/partly/:id', distillParams: () => ['a', { slug: 'b' }] },
      { route: '/text/:id', distillParams: () => 'text' },
      { route: '/good/:id', distillParams: () => ['a'] },
      { route: '/good/a' },
    ],
    { redirects: { '/a': '/b', '/b': '/a' }, origin: 'https://example.com' },
  )
  expect(routes.map(({ state, pages }) => [state, pages])).toEqual([
    ['failed', 0],
    ['failed', 1],
    ['failed', 0],
    ['distilled', 1],
    ['distilled', 1],
  ])
  expect(routes[0]!.why).toBe('no such table')
  expect(pages.map(({ url }) => url)).toEqual(['/good/a', '/good/a', '/partly/a'])
  expect(errors.map(({ code, route }) => [code, route])).toEqual([
    ['PARAMS_INVALID', '/bad/:id'],
    ['PARAMS_INVALID', '/partly/:id'],
    ['PARAMS_INVALID', '/text/:id'],
    ['COLLISION', undefined],
    ['REDIRECT_LOOP', undefined],
  ])
  expect(errors[0]!.stack).toContain('dev-report.test.ts')
  expect(errors[0]!.stack).not.toContain('/src/routes/')
  expect(errors[3]!.message).toContain('`good/a/index.html` would be written by page')
})

it('lets `distillParams` ask the app itself, as in a build, and no other code', async () => {
  const asked: string[] = []
  const app = ({ url }: Request) => {
    asked.push(url)
    return Response.json(['a'])
  }
  const distillParams = async () => (await fetch('/api/posts')).json()
  const distillRoutes = [{ route: '/posts/:slug', distillParams }]
  const options = resolveOptions({}, { root: '/app', base: '/' })
  const { pages, errors } = await devReport(options, async () => ({ default: app, distillRoutes }))
  expect([pages.map(({ url }) => url), errors]).toEqual([['/posts/a'], []])
  expect(asked).toEqual(['http://localhost/api/posts'])
  await expect(fetch('/api/posts')).rejects.toThrow('Failed to parse URL')
})

it.each([
  [
    'throws',
    () => Promise.reject(new Error('\u001b[31mno database\u001b[0m')),
    'ENTRY_FAILED',
    'no database',
  ],
  ['exports no app', async () => ({}), 'ENTRY_INVALID', 'has no default export'],
  ['never ends loading', () => new Promise<never>(() => {}), 'ENTRY_FAILED', 'longer than `timeout`, 20 ms'],
])('shows an entry that %s, and the redirects', async (_, load, code, message) => {
  const options = { redirects: { '/old': '/new' }, timeout: 20, entry: 'server.ts' }
  const report = await devReport(resolveOptions(options, { root: '/app', base: '/' }), load)
  expect(report.errors).toMatchObject([{ code, message: expect.stringContaining(message) }])
  // oxlint-disable-next-line no-control-regex
  expect(report.errors[0]!.message).not.toMatch(/\u001b/)
  expect([report.routes, report.pages, report.redirects.length]).toEqual([[], [], 1])
})

it('shows invalid redirects, and the pages', async () => {
  const report = await reportOf([{ route: '/' }], { redirects: () => ({ old: '/new' }) })
  expect(report.errors).toMatchObject([{ code: 'OPTION_INVALID' }])
  expect(report.pages).toHaveLength(1)
})

it('waits for `distillParams` no longer than `timeout`, and ends a list that goes on', async () => {
  let yielded = 0
  let ended!: () => void
  const end = new Promise<void>((resolve) => (ended = resolve))
  const { routes, errors } = await reportOf(
    [
      { route: '/hangs/:id', distillParams: () => new Promise(() => {}) },
      {
        route: '/slow/:id',
        async *distillParams() {
          try {
            for (;;) {
              await wait(5)
              yield String(yielded++)
            }
          } finally {
            ended()
          }
        },
      },
      { route: '/' },
    ],
    { timeout: 50 },
  )
  await end
  expect(routes.map(({ state }) => state)).toEqual(['failed', 'failed', 'distilled'])
  expect(errors.map(({ route, message }) => [route, message])).toEqual([
    ['/hangs/:id', '`distillParams` of route `/hangs/:id` took longer than `timeout`, 50 ms'],
    ['/slow/:id', '`distillParams` of route `/slow/:id` took longer than `timeout`, 50 ms'],
  ])
})

it('lists 100,000 pages, says so, and ends a list without end', async () => {
  const { routes, pages, notices, errors } = await reportOf([
    { route: '/' },
    {
      route: '/posts/:id',
      *distillParams() {
        for (let id = 0; ; id++) yield id
      },
    },
    { route: '/tags/:id', distillParams: () => [1] },
  ])
  expect(pages).toHaveLength(100_000)
  expect(routes.map(({ pages }) => pages)).toEqual([1, 99_999, 0])
  expect(notices).toEqual(['only 100,000 pages are listed; there are more of `/posts/:id`, `/tags/:id`'])
  expect(errors).toEqual([])
})

it('lists 100,000 pages without a word', async () => {
  const params = Array.from({ length: 100_000 }, (_, id) => id)
  const { pages, notices } = await reportOf([{ route: '/posts/:id', distillParams: () => params }])
  expect([pages.length, notices]).toEqual([100_000, []])
})

it('says that there are no routes', async () => {
  const { routes, notices } = await reportOf([])
  expect(routes).toEqual([])
  expect(notices).toEqual([
    'no routes are found: an h3 app registers them, any other app lists those to distil in `distillRoutes`',
  ])
})
