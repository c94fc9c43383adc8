import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openBackend } from '../../src/backends/open.ts'
import type { DistillOptions, Target } from '../../src/options.ts'
import type { PublishFlags } from '../../src/publish/options.ts'
import { publish } from '../../src/publish/publish.ts'
import { type Cloud, clouds } from '../publish/clouds.ts'
import { BuiltSite } from '../render/cache/built-site.ts'
import { resultOf } from '../render/cache/pages-app.ts'

interface Post {
  title: string
  text: string
}
type Posts = Record<string, Post>

/** A blog: the home page lists the titles. A feed is no HTML, an old post is a redirect, one page has only an `ETag`. */
const source = `import { readFileSync } from 'node:fs'
import { page } from 'vite-distill/app'
const posts = JSON.parse(readFileSync(${BuiltSite.contentUrl}, 'utf8'))
const list = JSON.stringify(Object.entries(posts).map(([slug, { title }]) => [slug, title]))
export const distillRoutes = [
  { route: '/', distill: true, distillCacheKey: list },
  { route: '/feed.xml', distill: true, distillCacheKey: list },
  { route: '/old', distill: true, distillCacheKey: '1', distillStatus: [301] },
  { route: '/tagged', distill: true },
  {
    route: '/posts/:slug',
    distillParams: () => Object.entries(posts).map(([slug, post]) => page({ slug }, { cacheKey: JSON.stringify(post) })),
  },
]
const html = (body, headers) => new Response('<!doctype html><title>A blog</title>' + body, { headers: { 'content-type': 'text/html', ...headers } })
export default async (request) => {
  const { pathname } = new URL(request.url)
  if (pathname === '/old') return new Response('', { status: 301, headers: { location: '/posts/a/' } })
  if (pathname === '/feed.xml') return new Response(list, { headers: { 'content-type': 'application/xml' } })
  if (pathname === '/tagged') {
    if (request.headers.get('if-none-match') === '"1"') return new Response(null, { status: 304, headers: { etag: '"1"' } })
    return html('tagged', { etag: '"1"' })
  }
  if (pathname !== '/') return html(posts[pathname.split('/')[2]].text.repeat(200) + '<a href="/">home</a>')
  return html(Object.entries(posts).map(([slug, { title }]) => '<a href="/posts/' + slug + '/">' + title + '</a>').join('') + '<a href="/tagged/">t</a><a href="/old/">o</a>')
}
`

const posts = (): Posts =>
  Object.fromEntries(['a', 'b', 'c'].map((slug) => [slug, { title: `post ${slug}`, text: `text ${slug}` }]))

/** Every storage with a target for each test. */
const storages: typeof clouds = [...clouds, ['a directory', directory]]

async function directory(): Promise<Cloud> {
  const home = await mkdtemp(join(tmpdir(), 'published-'))
  let made = 0
  return {
    target: async () => ({ backend: 'directory', path: join(home, String(++made)) }),
    statePlace: async () => ({}),
    addressOf: () => '',
    stop: () => rm(home, { recursive: true, force: true }),
  }
}

/** A blog that was built and published whole, in a folder that then lost its site. */
async function published(targets: Record<string, Target>, more: DistillOptions = {}) {
  const site = await BuiltSite.create(posts(), source)
  onTestFinished(() => site.remove())
  // Every kept page is audited.
  site.options = { links: 'error', cache: { from: 'www', audit: 1 }, publish: targets, ...more }
  const run = (flags: PublishFlags & { target?: string; options?: DistillOptions } = {}) => {
    const { target = 'www', options, ...rest } = flags
    return publish(site.resolved(options), target, { yes: true, ...rest })
  }
  expect(resultOf(await site.distill())).toMatchObject({ rendered: 7, kept: 0, remote: undefined })
  await run()
  await site.checkOut()
  return { site, run }
}

/** What a target holds but for the state. */
async function held(target: Target): Promise<Record<string, string>> {
  const backend = await openBackend(target, '.')
  const found: Record<string, string> = {}
  for await (const page of backend.list('')) {
    for (const { key } of page)
      if (!key.startsWith('.vite-distill/'))
        found[key] = Buffer.from((await backend.get(key))!.body).toString()
  }
  backend.close?.()
  return found
}

describe.each(storages)('%s', (_, start) => {
  let cloud: Cloud
  beforeAll(async () => {
    cloud = await start()
  })
  afterAll(() => cloud.stop())

  test('a machine without the last site renders and uploads what an edit changed, and leaves the rest', async () => {
    const [www, whole] = [await cloud.target(), await cloud.target()]
    const compressed = www.backend === 'directory' ? {} : { compress: [{ encoding: 'gzip' as const }] }
    const { site, run } = await published({
      www: { ...www, ...compressed },
      whole: { ...whole, ...compressed },
    })
    Object.assign(site.content.b!, { title: 'edited', text: 'new' })
    await site.save()
    const built = resultOf(await site.distill())
    expect(built).toMatchObject({
      rendered: 3,
      kept: 0,
      audited: 4,
      remote: { target: 'www', pages: 4 },
      pages: 6,
      redirects: 1,
      new: 4,
      renderedAll: undefined,
      warnings: [],
    })
    expect(
      Object.fromEntries(built.reasons().map(({ url, action, reason }) => [url, `${action}: ${reason}`])),
    ).toEqual({
      '/': 'rendered: its cache key changed',
      '/feed.xml': 'rendered: its cache key changed',
      '/old': 'remote: its cache key is the same, and the target has it',
      '/tagged': 'remote: the app answered 304, and the target has it',
      '/posts/a': 'remote: its cache key is the same, and the target has it',
      '/posts/b': 'rendered: its cache key changed',
      '/posts/c': 'remote: its cache key is the same, and the target has it',
    })
    const changed = ['feed.xml', 'index.html', 'posts/b/index.html']
    const result = await run()
    expect(result.plan.map(({ key, action }) => `${action} ${key}`)).toEqual(
      changed.map((key) => `update ${key}`),
    )
    expect(result.counts).toMatchObject({ keep: 5, upload: 0, delete: 0 })

    const anew = await site.distillAnew()
    resultOf(anew.outcome)
    await run({ target: 'whole', options: { outDir: anew.outDir } })
    expect(await held(www)).toEqual(await held(whole))

    // Again from nothing, and nothing was edited.
    await site.checkOut()
    expect(resultOf(await site.distill())).toMatchObject({ rendered: 0, kept: 0, remote: { pages: 7 } })
    expect(await run()).toMatchObject({
      plan: [],
      counts: { keep: 8 },
      requests: { put: 0, remove: 0, get: 1 },
    })
  })
})
