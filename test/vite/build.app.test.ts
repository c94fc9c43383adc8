import { rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type App, createApp, serverEntry, viteConfig } from '../app.ts'

const site = serverEntry(`
  '/': { distill: true, default: () => page('home') },
  '/about': { distill: true, default: () => page('about') },
  '/posts/:slug': {
    default: (event) => page('post ' + decodeURIComponent(event.context.params.slug)),
    distillParams: () => [{ slug: 'plain' }, ['with space'], 'élan', { slug: '日本語' }, 7, '/posts/literal'],
  },
  '/feed.xml': { distill: true, default: () => '<feed/>' },
  '/data.json': { distill: true, default: () => ({ ok: true }) },
  '/bytes.bin': { distill: true, default: () => new Uint8Array([0, 255, 128]) },
  '/404.html': { distill: true, distillStatus: 404, default: () => page('lost', { status: 404, headers: { 'content-type': 'text/html', 'cache-control': 'no-cache' } }) },
  '/old': { distill: true, distillStatus: [301], default: () => new Response(null, { status: 301, headers: { location: '/about?a=1&b="2"' } }) },
  '/admin': { default: () => page(String(Date.now())) },
`)

const expected = [
  '404.html',
  'about/index.html',
  'bytes.bin',
  'data.json',
  'feed.xml',
  'img/logo.svg',
  'index.html',
  'old/index.html',
  'posts/7/index.html',
  'posts/literal/index.html',
  'posts/plain/index.html',
  'posts/with space/index.html',
  'posts/élan/index.html',
  'posts/日本語/index.html',
]

const publicFiles = {
  'public/img/logo.svg': '<svg/>',
  'public/admin/panel.html': 'secret',
  'public/img/admin/x.txt': 'secret too',
}

const withoutAssets = async (app: App) =>
  (await app.files('dist/static')).filter((file) => !file.startsWith('assets/'))

describe('vite build', () => {
  it('distils every route that says so, with the assets of the client and a manifest beside them', async () => {
    const app = await createApp({ 'src/entry-server.ts': site, ...publicFiles })
    const output = await app.build()
    expect(output).toContain('distilled 12 pages, 1 redirect, 3 assets')

    expect(await withoutAssets(app)).toEqual(expected)
    const assets = (await app.files('dist/static')).filter((file) => file.startsWith('assets/'))
    expect(assets).toEqual([
      expect.stringMatching(/^assets\/index-[\w-]{8}\.css$/),
      expect.stringMatching(/^assets\/index-[\w-]{8}\.js$/),
    ])

    const home = await app.read('dist/static/index.html')
    for (const asset of assets) expect(home).toContain(`/${asset}`)
    expect(await app.read('dist/static/posts/日本語/index.html')).toContain('post 日本語')
    expect(await app.read('dist/static/old/index.html')).toContain(
      'content="0; url=/about?a=1&amp;b=%222%22"',
    )

    const manifest = await app.manifest()
    expect([...manifest.keys()].sort()).toEqual([...expected, ...assets].sort())
    expect(manifest.get('about/index.html')).toMatchObject({
      url: '/about/',
      kind: 'page',
      status: 200,
      route: '/about',
      headers: { 'content-type': 'text/html' },
    })
    expect(manifest.get('posts/with space/index.html')).toMatchObject({
      url: '/posts/with%20space/',
      params: { slug: 'with space' },
    })
    expect(manifest.get('404.html')).toMatchObject({ status: 404, headers: { 'cache-control': 'no-cache' } })
    expect(manifest.get('feed.xml')).toMatchObject({ headers: { 'content-type': 'text/xml; charset=utf-8' } })
    expect(manifest.get('old/index.html')).toMatchObject({
      kind: 'redirect',
      redirect: { to: '/about?a=1&b=%222%22', status: 301 },
    })
    expect(manifest.get(assets[0]!)).toMatchObject({ kind: 'asset', hashed: true })
    expect(manifest.get('img/logo.svg')!.hashed).toBeUndefined()

    // The app is still one that a server can run.
    expect(await app.files('dist/server')).toContain('entry-server.js')
    expect(await app.files('dist/client')).toContain('index.html')
  })

  it('gives the same from the two commands of the SSR guide, and distils once', async () => {
    const app = await createApp({ 'src/entry-server.ts': site, ...publicFiles })
    for (const output of ['first', 'again']) {
      await app.write({ 'src/style.css': `/* ${output} */ body { color: teal }` })
      expect(await app.build('--outDir', 'dist/client')).not.toMatch(/ssr environment|distilled \d/)
      expect(await app.build('--ssr', 'src/entry-server.ts', '--outDir', 'dist/server')).toContain(
        'distilled 12 pages',
      )
    }
    expect(await withoutAssets(app)).toEqual(expected)
    expect(await app.read('dist/static/index.html')).toMatch(/src="\/assets\/index-[\w-]{8}\.js"/)
  })

  it('leaves unchanged files alone, replaces changed ones and removes those that are gone', async () => {
    const app = await createApp({ 'src/entry-server.ts': site, ...publicFiles })
    await app.build()
    const long = new Date(2020, 1, 1)
    for (const file of await app.files('dist/static'))
      await utimes(join(app.dir, 'dist/static', file), long, long)
    await writeFile(join(app.dir, 'dist/static/mine.txt'), 'not of this build')

    await app.write({
      'src/entry-server.ts': site.replace("page('about')", "page('about us')").replace("'élan', ", ''),
    })
    const output = await app.build()
    expect(output).toContain('1 changed, 14 unchanged, 1 removed')
    expect(output).toContain('also holds a file that vite-distill did not write')

    const age = async (file: string) => (await stat(join(app.dir, 'dist/static', file))).mtimeMs
    expect(await age('index.html')).toBe(long.getTime())
    expect(await age('about/index.html')).toBeGreaterThan(long.getTime())
    expect(await app.read('dist/static/about/index.html')).toContain('about us')
    expect(await withoutAssets(app)).toEqual(
      [...expected.filter((file) => !file.includes('élan')), 'mine.txt'].sort(),
    )
    expect((await app.manifest()).has('posts/élan/index.html')).toBe(false)
  })

  it('gives the same bytes and manifest each time', async () => {
    const app = await createApp({ 'src/entry-server.ts': site, ...publicFiles })
    const read = async () => (await app.read('dist/static.manifest.jsonl')).replace(/"createdAt":"[^"]+"/, '')
    await app.build()
    const first = await read()
    await rm(join(app.dir, 'dist'), { recursive: true })
    await app.build()
    expect(await read()).toBe(first)
  })

  it('turns a file into a folder, and a folder into a file', async () => {
    const layout = (a: string) =>
      serverEntry(`'/x': { distill: true, distillFile: '${a}', default: () => page('x') },`)
    const app = await createApp({ 'src/entry-server.ts': layout('deep') })
    for (const file of ['deep', 'deep/er/index.html', 'deep']) {
      await app.write({ 'src/entry-server.ts': layout(file) })
      await app.build()
      expect(await withoutAssets(app)).toEqual([file])
    }
  })

  it('refuses to overwrite files that it did not write', async () => {
    const app = await createApp({ 'dist/static/index.html': 'mine' })
    const { exitCode, output } = await app.vite('build')
    expect(exitCode).toBe(1)
    expect(output).toContain(
      '`dist/static` holds a file that vite-distill did not write and would have to overwrite: `index.html`',
    )
    expect(await app.read('dist/static/index.html')).toBe('mine')
  })

  it('serves a base in URLs but not in file names', async () => {
    const app = await createApp({ 'vite.config.ts': viteConfig('{}', "base: '/docs/'") })
    await app.build()
    expect((await app.manifest()).get('index.html')!.url).toBe('/docs/')
    expect(await app.read('dist/static/index.html')).toContain('src="/docs/assets/')
  })

  it('distils an app without a client', async () => {
    const app = await createApp({
      'src/entry-server.ts': `export default (request) => new Response('path ' + new URL(request.url).pathname, { headers: { 'content-type': 'text/html' } })
export const distillRoutes = [{ route: '/' }, { route: '/n/:id', distillParams: function* () { yield 1; yield [2] } }]`,
      'public/robots.txt': 'x',
    })
    await rm(join(app.dir, 'index.html'))
    await app.build()
    expect(await app.files('dist/static')).toEqual([
      'index.html',
      'n/1/index.html',
      'n/2/index.html',
      'robots.txt',
    ])
    expect(await app.read('dist/static/n/2/index.html')).toBe('path /n/2')
  })

  it.each([
    ['directory', ['about/index.html', 'index.html', 'list/index.html', 'page.html', 'v1.2/index.html']],
    ['file', ['about.html', 'index.html', 'list/index.html', 'page.html', 'v1.2.html']],
    ['exact', ['about', 'index.html', 'list/index.html', 'page.html', 'v1.2']],
  ])('lays files out by `layout: %s`', async (layout, files) => {
    const app = await createApp({
      'vite.config.ts': viteConfig(`{ layout: '${layout}' }`),
      'src/entry-server.ts': serverEntry(
        ['/', '/about', '/list/', '/page.html', '/v1.2']
          .map((url) => `'${url}': { distill: true, default: () => page('') },`)
          .join('\n'),
      ),
    })
    await app.build()
    expect(await withoutAssets(app)).toEqual(files)
  })
})
