import { readFile, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { PostPage } from '../../playground/blog/src/page.ts'
import type { PageReason } from '../../src/render/cache/keep-pages.ts'
import type { DistillResult } from '../../src/render/distill.ts'
import { website } from '../../src/vite/website.ts'
import { type App, copyPlayground } from '../app.ts'
import { hasBrowser, openBrowser } from '../browser.ts'
import { serving } from '../publish/serve.ts'
import { start, startVite } from '../start.ts'

/** The files below a folder whose text has these words. */
async function filesWith(folder: string, words: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')))
  return paths.filter((_, i) => texts[i]!.includes(words)).map((path) => relative(folder, path))
}

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

  it('has the same bytes as the responses of its server', async () => {
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

  it.skipIf(!hasBrowser)('hydrates from the published folder, and goes to a post and back', async () => {
    app.env.BLOG_PUBLIC_URL = await serving(website(join(app.dir, 'www')))
    // It is the origin of the pages: another one renders all of them.
    onTestFinished(() => void delete app.env.BLOG_PUBLIC_URL)
    expect(await app.distill('publish', '--yes')).toMatchObject({ exitCode: 0 })
    const { page, errors } = await openBrowser()
    await page.goto(app.env.BLOG_PUBLIC_URL)
    const link = page.locator('main a[href^="/posts/"]').first()
    const title = (await link.textContent())!.trim()
    const requests: string[] = []
    page.on('request', (request) => requests.push(new URL(request.url()).pathname))
    await link.click()
    await page.waitForURL('**/posts/*/')
    await expect.poll(() => page.locator('h1').textContent()).toBe(title)
    // Hydrated: the post was fetched as data, not as a page.
    expect(requests.filter((path) => path.startsWith('/posts/'))).toEqual([])
    expect(requests.some((path) => path.startsWith('/api/posts/'))).toBe(true)
    await page.goBack()
    await page.locator('main a[href^="/posts/"]').first().waitFor()
    expect(new URL(page.url()).pathname).toBe('/')
    expect(errors).toEqual([])
  })

  it('renders what an edit changes, as its README says, and keeps the other pages', async () => {
    const render = async (...flags: string[]) => {
      const { exitCode, stdout, stderr } = await app.distill('render', '--json', ...flags)
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

    const manifest = await app.manifest()
    expect(await render('--force')).toMatchObject({ rendered: 643, kept: 0, changed: 0, new: 0, removed: 0 })
    expect(await app.manifest()).toEqual(manifest)
  })

  it.skipIf(!hasBrowser)('is edited in a form, and what was saved is public at once', async () => {
    const publicUrl = await serving(website(join(app.dir, 'www')))
    Object.assign(app.env, { BLOG_PUBLIC_URL: publicUrl, BLOG_EDITOR_PASSWORD: 'tea' })
    expect(await app.distill('publish', '--yes')).toMatchObject({ exitCode: 0 })
    const before = await app.files('www')
    const origin = await start(app, 'server.js')
    const { host } = new URL(origin)
    expect((await fetch(`${origin}/admin/posts/kombucha-slowly`)).status).toBe(401)
    const authorization = `Basic ${btoa('me:tea')}`
    const forged = await fetch(`${origin}/admin/posts/kombucha-slowly`, {
      method: 'POST',
      headers: { authorization, origin: 'http://evil.example' },
      body: new URLSearchParams({ title: 'a', summary: 'b', body: 'c' }),
    })
    expect(forged.status).toBe(403)

    const { page, errors } = await openBrowser()
    const times: number[] = []
    for (const title of ['Kombucha, at last', 'Kombucha & <haste>', 'Kombucha, slowly again']) {
      await page.goto(`http://me:tea@${host}/admin/posts/kombucha-slowly`)
      await page.locator('textarea[name=title]').fill(title)
      await page.locator('textarea[name=body]').fill(`<p>Saved as <em>${times.length}</em>.</p>`)
      const began = performance.now()
      await page.locator('button').click()
      await page.waitForURL(`${publicUrl}posts/kombucha-slowly/`)
      times.push(Math.round(performance.now() - began))
      expect(await page.locator('h1').textContent()).toBe(title)
      expect(await page.locator('em').first().textContent()).toBe(String(times.length - 1))
    }
    process.stdout.write(`saved and public after ${times.join(', ')} ms\n`)
    expect(Math.min(...times)).toBeLessThan(2000)
    expect(errors).toEqual([])

    // The lists that show it, the feed and the neighbours' links have the new title, and nothing else was touched.
    const showing = await filesWith(join(app.dir, 'www'), 'Kombucha, slowly again')
    expect(showing).toContain('api/posts/kombucha-slowly.json')
    expect(showing.filter((file) => file.startsWith('page/'))).toHaveLength(1)
    expect(showing.some((file) => file.startsWith('tags/'))).toBe(true)
    expect(showing.filter((file) => file.startsWith('posts/'))).toHaveLength(3)
    expect(await filesWith(join(app.dir, 'www'), 'Kombucha, at last')).toEqual([])
    expect(await app.files('www')).toEqual(before)
  })
})
