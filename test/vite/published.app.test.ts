import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openBackend } from '../../src/backends/open.ts'
import type { ManifestHeader } from '../../src/manifest.ts'
import type { DistillOptions, Target } from '../../src/options.ts'
import type { RenderedSite } from '../../src/rendered-options.ts'
import type { PublishFlags } from '../../src/publish/options.ts'
import { publish } from '../../src/publish/publish.ts'
import type { PublishResult } from '../../src/publish/result.ts'
import { createApp, serverEntry, viteConfig } from '../app.ts'
import { startVite } from '../start.ts'
import { type Cloud, clouds } from '../publish/clouds.ts'
import { broken, faulty } from '../publish/faulty.ts'
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

/** A target in an S3 of its own. */
async function s3Target(): Promise<Target> {
  const [, startS3] = clouds.find(([name]) => name.startsWith('s3'))!
  const s3 = await startS3()
  onTestFinished(() => s3.stop())
  return s3.target()
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

describe('a machine without the last site', () => {
  let cloud: Cloud
  beforeAll(async () => {
    cloud = await directory()
  })
  afterAll(() => cloud.stop())

  const remote = 'remote: its cache key is the same, and the target has it'
  const only = (...keys: string[]) => keys.map((key) => ({ key }))

  /** A blog in a target, a folder without it, and what builds of it say. */
  async function start(more?: DistillOptions) {
    const www = (await cloud.target()) as Target & { path: string }
    const other = await cloud.target()
    const { site, run } = await published({ www, other }, more)
    const build = async (given?: Parameters<typeof site.distill>[0]) => resultOf(await site.distill(given))
    const reasons = async (given?: Parameters<typeof site.distill>[0]) => {
      const told = (await build(given)).reasons()
      return Object.fromEntries(told.map(({ url, action, reason }) => [url, `${action}: ${reason}`]))
    }
    const edit = async (slug: string, text: string) => {
      site.content[slug]!.text = text
      await site.save()
    }
    const state = () => readFile(join(www.path, '.vite-distill/state.json'), 'utf8')
    return { www, site, run, build, reasons, edit, state }
  }

  const refused = (publishing: Promise<unknown>) =>
    publishing.then(
      () => expect.fail('it was published'),
      (error: { code: string; exitCode: number; message: string }) => {
        expect(error).toMatchObject({ code: 'SITE_REMOTE', exitCode: 3 })
        return error.message
      },
    )

  test('with `rendered`, which reads the pages here, no page is left in the target', async () => {
    const { site, build, reasons } = await start()
    expect(await build()).toMatchObject({ rendered: 0, remote: { pages: 7 } })
    const read: string[] = []
    const options = {
      async rendered({ pages }: RenderedSite) {
        for await (const page of pages()) if ((await page.text()) !== '') read.push(page.file)
      },
    }
    expect(await site.distill({ ...options, only: ['posts/b'] })).toEqual({
      code: 'RENDERED_FAILED',
      message: '`rendered` reads page `/feed.xml`, which only the target of `cache.from` has',
    })
    expect(read).toEqual([])
    expect(Object.values(await reasons(options))).not.toContain(remote)
    expect(read).toHaveLength(6)
    await site.checkOut()
    expect(await build(options)).toMatchObject({ rendered: 7, remote: undefined })
  })

  test('renders what the target has lost, and publishes nothing that was lost since', async () => {
    const { www, site, run, reasons, build } = await start()
    await writeFile(join(www.path, 'posts/a/index.html'), 'something else')
    await rm(join(www.path, 'posts/b/index.html'))
    const lost = 'rendered: the target no longer holds what was published'
    expect(await reasons()).toMatchObject({
      '/': remote,
      '/posts/a': lost,
      '/posts/b': lost,
      '/posts/c': remote,
    })
    await rm(join(www.path, 'posts/c/index.html'))
    expect(await refused(run())).toContain('does not hold what would be published: `posts/c/index.html`')
    expect((await run({ dryRun: true })).refused).toMatchObject({ code: 'SITE_REMOTE' })
    expect(await held(www)).not.toHaveProperty(['posts/b/index.html'])

    // The second build in the folder has two pages here, and the others where they were.
    const kept = 'kept: its cache key is the same'
    expect(await reasons()).toMatchObject({
      '/': remote,
      '/posts/a': kept,
      '/posts/b': kept,
      '/posts/c': lost,
    })
    expect((await run()).plan).toMatchObject(
      only('posts/a/index.html', 'posts/b/index.html', 'posts/c/index.html'),
    )
    expect(await build()).toMatchObject({ rendered: 0, kept: 3, remote: { target: 'www', pages: 4 } })

    // All of them here: the target is not asked any more.
    expect(await build({ force: true })).toMatchObject({ rendered: 7, kept: 0, remote: undefined, new: 4 })
    await rm(www.path, { recursive: true })
    expect(await build()).toMatchObject({ rendered: 0, kept: 7, remote: undefined })
    expect((await run()).counts).toMatchObject({ upload: 8 })
    expect(await site.distillAnew()).toMatchObject({ outcome: { result: {} } })
  })

  test('publishes to no other target, and not without looking at this one', async () => {
    const { run, build } = await start()
    await build()
    expect(await refused(run({ target: 'other' }))).toBe(
      '7 pages of the site are not here but only in `www`, and would be missing in `other`',
    )
    expect(await refused(run({ ignoreRemoteContent: true }))).toContain('`--ignore-remote-content`')
    await build({ force: true })
    expect((await run({ target: 'other' })).counts.upload).toBe(8)
  })

  test('publishes after another publish only if that left the pages that are not here', async () => {
    const { www, site, run, build, edit } = await start()
    await edit('b', 'new')
    await build()
    const older = { outDir: join(site.dir, 'older/static') }
    await cp(join(site.dir, 'dist'), join(site.dir, 'older'), { recursive: true })
    await edit('b', 'newer')
    await build()
    await run()
    const back = { options: older, allowOlder: true }
    await expect(run({ options: older })).rejects.toMatchObject({ code: 'SITE_OLDER' })
    expect((await run(back)).plan).toMatchObject(only('posts/b/index.html'))
    expect((await held(www))['posts/b/index.html']).toContain('newnew')

    await edit('c', 'new')
    expect(await build()).toMatchObject({ rendered: 1 })
    await run()
    expect(await refused(run(back))).toMatch(
      /was published to since the build, does not hold what would be published: `posts\/c\/index.html`/,
    )
  })

  test('renders all pages after a change that any page may depend on, and says which', async () => {
    const { site, run, build, state } = await start()
    site.source += '\n// Another bundle.'
    await site.save()
    const all = { rendered: 7, kept: 0, remote: undefined, warnings: [] }
    expect(await build()).toMatchObject({ ...all, renderedAll: 'the server bundle changed' })
    // The pages are the same, and what they depend on is another.
    expect(await run()).toMatchObject({ plan: [] })
    await site.checkOut()
    expect(await build()).toMatchObject({ rendered: 0, remote: { pages: 7 } })

    // A target whose last publish recorded no pages: another config, or an older version.
    await site.checkOut()
    await build()
    await run({ options: { cache: {} } }).catch((error: unknown) =>
      expect(error).toMatchObject({ code: 'SITE_REMOTE' }),
    )
    await build({ force: true })
    await run({ options: { cache: {} } })
    expect(await state()).not.toContain('fingerprint')
    expect(await state()).not.toContain('cacheKey')
    await site.checkOut()
    const why = '`www` has no record of the pages that it holds'
    expect(await build()).toMatchObject({ ...all, renderedAll: why })
    await run()
    await site.checkOut()
    expect(await build()).toMatchObject({ rendered: 0 })
  })

  test('renders what the target would store with other headers', async () => {
    const { site } = await published({
      www: { ...(await s3Target()), headers: [{ match: '**', 'cache-control': 'no-cache' }] },
    })
    site.options.publish = {
      www: {
        ...site.options.publish!.www!,
        headers: [
          { match: '**', 'cache-control': 'no-cache' },
          { match: 'posts/a/**', 'cache-control': 'no-store' },
        ],
      },
    }
    const built = resultOf(await site.distill())
    expect(built).toMatchObject({ rendered: 1, remote: { pages: 6 } })
    expect(built.reasons().find(({ url }) => url === '/posts/a')!.reason).toBe(
      'the target would store it in another way',
    )

    // A target that lets nobody in: the build says so and renders.
    site.options.publish = {
      www: { ...site.options.publish.www!, secretAccessKey: 'not-the-right-secret' } as Target,
    }
    const locked = resultOf(await site.distill())
    expect(locked).toMatchObject({ rendered: 6, kept: 1, remote: undefined, renderedAll: undefined })
    expect(locked.warnings).toEqual([expect.stringMatching(/^no page is kept that only `www` has: .*/)])
    expect(locked.warnings.join()).not.toContain('not-the-right-secret')
    await site.checkOut()
    const anew = resultOf(await site.distill())
    expect(anew).toMatchObject({ rendered: 7, renderedAll: '`www` could not be read' })
    expect(anew.warnings).toEqual(locked.warnings)
  })

  test('trusts no record of a publish that ended in the middle', async () => {
    const { site, run, build, state } = await start()
    const fail = faulty(async (call, work) => {
      if (fail.calls[call - 1]!.what === 'posts/c/index.html') throw broken()
      return work()
    })
    const half = async (change: () => void) => {
      change()
      await site.save()
      await build()
      const flags = { yes: true, concurrency: 1 }
      await expect(publish(site.resolved(), 'www', flags, { open: fail.open })).rejects.toMatchObject({
        code: 'TRANSFER_FAILED',
      })
      await site.checkOut()
    }
    // Two posts are new, and one of them was uploaded.
    await half(() => {
      for (const slug of ['a', 'c']) site.content[slug]!.text = 'new'
    })
    expect(await build()).toMatchObject({ rendered: 1, remote: { pages: 6 } })
    await run()
    await site.checkOut()

    // Another bundle, of which the record of the other pages knows nothing.
    await half(() => {
      site.source = site.source.replace('home</a>', 'HOME</a>')
    })
    expect(await state()).not.toContain('fingerprint')
    expect(await build()).toMatchObject({ rendered: 7, remote: undefined })
    await run()
    await site.checkOut()
    expect(await build()).toMatchObject({ rendered: 0, remote: { pages: 7 } })
  })

  test('takes nothing from a record that was changed', async () => {
    const { www, reasons, state } = await start()
    const index = JSON.parse(await state()) as { records: unknown[][] }
    const change = (key: string, edit: (page: string) => string) => {
      const extras = index.records.find(([found]) => found === key)!.at(-1) as { p: string }
      extras.p = edit(extras.p)
    }
    change('posts/a/index.html', (page) => page.replace('"key":"posts/a', '"key":"posts/b'))
    change('posts/b/index.html', (page) => page.replace(/"sha256":"..../, '"sha256":"0000'))
    change('posts/c/index.html', (page) => page.slice(page.indexOf('\t')))
    change('feed.xml', (page) => page.replace('\t', '\n\t'))
    await writeFile(join(www.path, '.vite-distill/state.json'), JSON.stringify(index))
    const unknown = 'rendered: the last build has no record of it'
    expect(await reasons()).toEqual({
      '/': remote,
      '/feed.xml': unknown,
      '/old': remote,
      '/tagged': 'remote: the app answered 304, and the target has it',
      '/posts/a': unknown,
      '/posts/b': unknown,
      '/posts/c': unknown,
    })
  })

  test('keeps its site right with `--only`, `renderFile()`, without the cache and with wrong keys', async () => {
    const { www, site, run, build, edit } = await start()
    await build()
    await edit('a', 'new')
    // The home page is not here: its links are known all the same.
    expect(await build({ only: ['posts/a'] })).toMatchObject({
      rendered: 1,
      kept: 0,
      remote: { target: 'www', pages: 6 },
      links: { broken: [], unlinked: [] },
    })
    expect((await run()).plan).toMatchObject(only('posts/a/index.html'))

    site.content.b!.text = 'from the server'
    await site.save()
    await site.renderFile('/posts/:slug', 'b')
    expect((await run()).plan).toMatchObject(only('posts/b/index.html'))
    expect((await held(www))['posts/b/index.html']).toContain('from the server')
    const header = async () =>
      JSON.parse((await readFile(`${site.outDir}.manifest.jsonl`, 'utf8')).split('\n')[0]!) as ManifestHeader
    expect((await header()).remote).toMatchObject({ target: 'www', pages: 6 })

    // Nobody knows what a server wrote: it is rendered.
    await site.checkOut()
    expect(await build()).toMatchObject({ rendered: 1, remote: { pages: 6 } })
    // The code is another, so that nothing is known of the other pages.
    const { source } = site
    site.source += '\n// Another bundle.'
    await site.save()
    expect(await build({ only: ['posts/a'] })).toMatchObject({ remote: { pages: 5 }, links: { broken: [] } })
    site.source = source
    await site.save()
    expect(await build({ cache: false })).toMatchObject({ rendered: 7, remote: undefined })
    expect((await header()).remote).toBeUndefined()
    expect(await run()).toMatchObject({ plan: [] })

    await site.checkOut()
    site.source = site.source.replace(`JSON.stringify(post)`, `'1'`)
    await site.save()
    await build()
    await run()
    await site.checkOut()
    await edit('c', 'changed without its key')
    expect(await site.distill()).toMatchObject({
      code: 'CACHE_STALE',
      message: expect.stringMatching(
        /`\/posts\/c` .*cache key `1`, the SHA-256 of its content\n {4}kept: {5}[0-9a-f]{64}\n/,
      ),
    })
    // A build that was refused leaves nothing but its report.
    expect(await readdir(join(site.dir, 'dist'))).toEqual(['static.report.html'])
  })

  test('removes the file of a page that the target has, unless it did not write it', async () => {
    const { site, build, edit } = await start()
    await mkdir(join(site.outDir, 'posts/a'), { recursive: true })
    await writeFile(join(site.outDir, 'posts/a/index.html'), 'mine')
    const built = await build()
    expect(built).toMatchObject({ rendered: 0, remote: { pages: 7 } })
    expect(built.notices.join()).toContain('also holds a file that vite-distill did not write')
    await edit('b', 'new')
    expect(await build()).toMatchObject({ rendered: 1, remote: { pages: 6 } })
    await edit('b', 'text b')
    expect(await build()).toMatchObject({ rendered: 0, remote: { pages: 7 }, removed: 1 })
    expect((await readdir(site.outDir, { recursive: true })).sort()).toEqual([
      'logo.txt',
      'posts',
      'posts/a',
      'posts/a/index.html',
    ])
    expect(await readFile(join(site.outDir, 'posts/a/index.html'), 'utf8')).toBe('mine')
  })
})

test('`vite build` in a fresh checkout, and every command on a site whose pages are elsewhere', async () => {
  const www = await mkdtemp(join(tmpdir(), 'published-'))
  onTestFinished(() => rm(www, { recursive: true, force: true }))
  const edited = { slug: 'b', text: 'edited' }
  const checkout = async (posts: object[]) =>
    createApp({
      'posts.json': JSON.stringify(posts),
      'vite.config.ts': viteConfig(
        `{ cache: { from: 'www' }, publish: { www: { backend: 'directory', path: ${JSON.stringify(www)} } } }`,
      ),
      'src/entry-server.ts': serverEntry(
        `'/': { distill: true, distillCacheKey: list, default: () => page(list()) },
        '/posts/:slug': {
          distillParams: () => posts().map(({ slug, text }) => known({ slug }, { cacheKey: text })),
          default: (event) => page(posts().find(({ slug }) => slug === event.context.params.slug).text),
        },`,
        `import { readFileSync } from 'node:fs'
        import { page as known } from 'vite-distill/app'
        const posts = () => JSON.parse(readFileSync('posts.json', 'utf8'))
        const list = () => posts().map(({ slug }) => '<a href="/posts/' + slug + '/">' + slug + '</a>').join('')`,
      ),
    })
  const posts = ['a', 'b', 'c'].map((slug) => ({ slug, text: `text ${slug}` }))
  const first = await checkout(posts)
  await first.build()
  expect(await first.distill('publish')).toMatchObject({ exitCode: 0 })

  const app = await checkout([posts[0]!, edited, posts[2]!])
  expect(await app.build()).toContain('rendered 1, kept 0, 3 at `www` (1 of them audited)')
  expect((await app.files('dist/static')).filter((key) => key.endsWith('.html'))).toEqual([
    'posts/b/index.html',
  ])
  const published = JSON.parse((await app.distill('publish', '--json')).stdout) as PublishResult
  expect(published.plan).toEqual([{ key: 'posts/b/index.html', action: 'update', reason: 'content' }])
  expect(await readFile(join(www, 'posts/b/index.html'), 'utf8')).toContain('edited')

  const checked = await app.distill('check', '--json')
  expect(JSON.parse(checked.stdout)).toMatchObject({
    pages: 4,
    remote: { target: 'www', pages: 3 },
    unlinked: [],
  })
  expect(checked.stderr).toContain('3 pages of the site are not here but only in `www`')
  expect(JSON.parse((await app.distill('urls', '--json')).stdout)).toHaveLength(4)
  const preview = await startVite(app, 'preview')
  expect(await (await fetch(`${preview}/posts/b/`)).text()).toContain('edited')
  const missing = await fetch(`${preview}/posts/a`)
  expect([missing.status, await missing.text()]).toEqual([404, 'This page is not here but only in `www`.\n'])

  // Shards render what is not here.
  expect((await app.distill('plan', '--no-build')).stdout).toContain('planned 4 pages')
  expect(await app.distill('render', '--shard', '1/1')).toMatchObject({ exitCode: 0 })
  expect(await app.distill('merge')).toMatchObject({ exitCode: 0 })
  expect((await app.files('dist/static')).filter((key) => key.endsWith('.html'))).toHaveLength(4)
  expect(JSON.parse((await app.distill('publish', '--json')).stdout)).toMatchObject({ plan: [] })
})
