import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { PostPage } from '../../playground/blog/src/page.ts'
import type { PageReason } from '../../src/render/cache/keep-pages.ts'
import type { DistillResult } from '../../src/render/distill.ts'
import { type App, copyPlayground } from '../app.ts'
import { start, startVite } from '../start.ts'

describe('the blog', () => {
  let app: App
  let built: string
  beforeAll(async () => {
    app = await copyPlayground('blog')
    built = await app.build()
  })

  it('is distilled in full, with one summary', async () => {
    expect(built.match(/distilled/g)).toHaveLength(1)
    expect(built).toMatch(/✓ distilled \d+ pages, \d+ assets \([\d.]+ MB\) to dist\/static in /)
    const files = await app.files('dist/static')
    for (const file of [
      'index.html',
      'about/index.html',
      'page/30/index.html',
      'feed.xml',
      '404.html',
      'robots.txt',
    ]) {
      expect(files).toContain(file)
    }
    expect(files.filter((file) => /^posts\/[^/]+\/index\.html$/.test(file))).toHaveLength(300)
    expect(files.filter((file) => /^api\/posts\/[^/]+\.json$/.test(file))).toHaveLength(300)
    expect(files.filter((file) => file.includes('admin') || file.includes('.vite'))).toEqual([])
    expect((await app.manifest()).get('404.html')).toMatchObject({ status: 404 })
  })

  it('is served from its sources in dev, with their changes', async () => {
    const origin = await startVite(app)
    const home = await (await fetch(origin)).text()
    expect(home).toContain('/@vite/client')
    expect(home).toMatch(/href="\/posts\/[^"]+\/"/)
    const view = 'src/views/NotFoundView.vue'
    const before = await app.read(view)
    onTestFinished(() => app.write({ [view]: before }))
    await app.write({ [view]: before.replace(/<h1[^]*?<\/h1>/, '<h1>Nowhere to be found</h1>') })
    await expect
      .poll(async () => (await fetch(`${origin}/404.html`)).text(), { timeout: 10_000 })
      .toContain('Nowhere to be found')
  })

  it('is served by vite preview as by a bucket', async () => {
    const origin = await startVite(app, 'preview')
    const redirected = await fetch(`${origin}/about`, { redirect: 'manual' })
    expect([redirected.status, redirected.headers.get('location')]).toEqual([302, '/about/'])
    expect(await (await fetch(`${origin}/about/`)).text()).toBe(
      await app.read('dist/static/about/index.html'),
    )
    const missing = await fetch(`${origin}/no/such/page`)
    expect(missing.status).toBe(404)
    expect(await missing.text()).toBe(await app.read('dist/static/404.html'))
    expect((await fetch(`${origin}/feed.xml`)).headers.get('content-type')).toContain('atom+xml')
  })

  it('renders what an edit changes, as its README says, and keeps the other pages', async () => {
    const render = async () => {
      const { exitCode, stdout, stderr } = await app.distill('render', '--json')
      expect(exitCode, stderr).toBe(0)
      return JSON.parse(stdout) as DistillResult & { reasons: PageReason[] }
    }
    const pagesOf = (slug: string) => [`/posts/${slug}`, `/api/posts/${slug}.json`]
    const before = [...(await app.manifest()).values()]
    const tags = before.filter(({ route }) => route === '/tags/:tag').map(({ params }) => params!.tag!)

    const touch = ['iron-gall-ink-slowly', 'kombucha-slowly']
    const remove = ['a-year-with-beeswax-candles', 'a-year-with-bees']
    const neighbours = await Promise.all(
      remove.map(async (slug) => {
        const { post } = JSON.parse(await app.read(`dist/static/api/posts/${slug}.json`)) as PostPage
        return [post.newer!.slug, post.older!.slug]
      }),
    )
    app.env.BLOG_EDIT = JSON.stringify({ touch, remove })
    const { reasons, ...result } = await render()
    const rendered = reasons.filter(({ action }) => action === 'rendered')
    const expected = [
      ...[...touch, ...neighbours.flat()].flatMap(pagesOf),
      '/',
      '/about',
      '/feed.xml',
      '/404.html',
      ...Array.from({ length: 29 }, (_, i) => `/page/${i + 2}`),
      ...tags.map((tag) => `/tags/${tag}`),
    ]
    expect(rendered.map(({ url }) => decodeURIComponent(url)).sort()).toEqual(expected.sort())
    expect(new Set(rendered.map(({ reason }) => reason))).toEqual(new Set(['its cache key changed']))
    expect(result).toMatchObject({
      changed: expected.length,
      new: 0,
      removed: 4,
      kept: 643 - expected.length,
      audited: 6,
      warnings: [],
    })
  })

  it('has the same bytes as the responses of its server, whether rendered or kept', async () => {
    const origin = await start(app, 'server.js')
    const differing: string[] = []
    let compared = 0
    for (const { key, url, kind, status, headers } of (await app.manifest()).values()) {
      if (kind !== 'page') continue
      const response = await fetch(origin + url)
      const body = Buffer.from(await response.arrayBuffer())
      const same = body.equals(await readFile(join(app.dir, 'dist/static', key)))
      if (
        !same ||
        response.status !== status ||
        response.headers.get('content-type') !== headers['content-type']
      )
        differing.push(url)
      compared++
    }
    expect(differing).toEqual([])
    expect(compared).toBeGreaterThan(640)
    expect(await (await fetch(`${origin}/admin`)).text()).toContain('<html')
  })
})
