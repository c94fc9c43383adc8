import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type App, createApp, serverEntry, viteConfig } from '../app.ts'
import { startVite } from '../start.ts'

const html = { headers: { accept: 'text/html' } }
const text = async (url: string) => (await fetch(url, html)).text()

/** Vite's watcher misses a write that comes before it has read the folder, so each attempt writes again. */
async function editUntil(
  app: App,
  files: Record<string, string>,
  answer: () => Promise<string>,
  expected: string,
): Promise<void> {
  const edit = async () => {
    await app.write(files)
    return answer()
  }
  await expect.poll(edit, { timeout: 20_000, interval: 500 }).toContain(expected)
}

describe('vite dev', () => {
  it('serves the app, its HTML transformed, and nothing but HTML', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        `'/': { distill: true, default: () => page('home ' + isDistilling() + '<img src="' + import.meta.env.BASE_URL + 'img.png">') },
         '/data.json': { default: () => ({ html: '<head></head>' }) },
         '/none': { default: () => page('none', { status: 404, headers: { 'content-type': 'text/html', 'x-own': 'kept' } }) },`,
        "import { isDistilling } from 'vite-distill/app'",
      ),
      'vite.config.ts': viteConfig('{}', "base: '/docs/', appType: 'spa'"),
    })
    const origin = await startVite(app)
    const home = await text(`${origin}/docs/`)
    expect(home).toContain('home false')
    expect(home).toContain('src="/docs/@vite/client"')
    expect(home).toContain('src="/docs/src/entry-client.ts"')
    expect(home).toContain('src="/docs/img.png"')
    expect(await text(`${origin}/docs/data.json`)).toBe('{"html":"<head></head>"}')
    const none = await fetch(`${origin}/docs/none`, html)
    expect([none.status, none.headers.get('x-own')]).toEqual([404, 'kept'])

    await editUntil(
      app,
      {
        'index.html':
          '<!doctype html><html><head><title>Another</title></head><body><!--app--></body></html>',
      },
      () => text(`${origin}/docs/`),
      '<title>Another</title>',
    )
    const node =
      "export default (req, res) => res.setHeader('content-type', 'text/html').end('<head></head>Node ' + req.url)"
    const served = () => text(`${origin}/docs/`)
    await editUntil(app, { 'src/entry-server.ts': node }, served, 'Node /')
    expect(await served()).toContain('src="/docs/@vite/client"')
  })

  it('asks for pages with `base` where the app knows it, as the build does', async () => {
    const app = await createApp({
      'src/entry-server.ts': `const html = { headers: { 'content-type': 'text/html' } }
export default ({ url }) => {
  const { pathname } = new URL(url)
  return pathname.startsWith('/docs/') ? new Response('asked for ' + pathname, html) : Response.redirect(new URL('/docs' + pathname, url), 307)
}
export const distillRoutes = [{ route: '/' }, { route: '/about' }]`,
      'vite.config.ts': viteConfig('{}', "base: '/docs/'"),
    })
    const { exitCode, output } = await app.vite('build')
    expect(exitCode).toBe(1)
    expect(output).toContain('set the option `requestBase: true`')

    await app.write({ 'vite.config.ts': viteConfig('{ requestBase: true }', "base: '/docs/'") })
    await app.build()
    expect(await app.read('dist/static/index.html')).toBe('asked for /docs/')
    expect(await app.read('dist/static/about/index.html')).toBe('asked for /docs/about')
    expect(await text(`${await startVite(app)}/docs/about`)).toContain('asked for /docs/about')
  })

  it.each([
    [
      'an h3 app',
      serverEntry("'/': { default: () => { throw new Error('no such luck') } },"),
      'entry-server.ts:7:',
    ],
    [
      'a fetch function',
      "const fail = () => {\n  throw new Error('no such luck')\n}\nexport default () => fail()",
      'entry-server.ts:2:9',
    ],
  ])(
    "shows what %s throws in Vite's overlay, mapped to the sources, and goes on",
    async (_, entry, where) => {
      const app = await createApp({ 'src/entry-server.ts': entry })
      const origin = await startVite(app)
      const response = await fetch(origin, html)
      const page = await response.text()
      expect(response.status).toBe(500)
      expect(page).toContain('ErrorOverlay')
      expect(page).toContain('no such luck')
      expect(page).toContain(where)
      await editUntil(
        app,
        { 'src/entry-server.ts': "export default () => new Response('mended')" },
        () => text(origin),
        'mended',
      )
    },
  )

  it('has what a built site has besides pages, and keeps what the app answers', async () => {
    const app = await createApp({
      'src/entry-server.ts': `import { gzipSync } from 'node:zlib'
const html = { 'content-type': 'text/html' }
const answers = {
  '/about': () => new Response('<html><body>about</body></html>', { headers: [['content-type', 'text/html'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2']] }),
  '/gzip': () => new Response(gzipSync('<html>packed</html>'), { headers: { ...html, 'content-encoding': 'gzip' } }),
  '/part': () => new Response('<p>part</p>', { headers: html }),
  '/unchanged': () => new Response(null, { status: 304, headers: html }),
  // Node emits the rejection before the timer.
  '/late': async () => {
    Promise.reject(new Error('too late'))
    await new Promise((resolve) => setTimeout(resolve, 1))
    return new Response('late')
  },
}
export default ({ url }) => answers[new URL(url).pathname]?.() ?? new Response('none', { status: 404 })
export const distillRoutes = [{ route: '/about' }, { route: '/late' }, { route: '/lost.html', distillStatus: 404 }, { route: '/data.json' }]`,
      'other.html':
        '<!doctype html><title>Other</title><script type="module" src="/src/entry-client.ts"></script>',
      'nested/index.html': '<!doctype html><title>Nested</title>',
      'vite.config.ts': `import distill from 'vite-distill'
const another = {
  name: 'another',
  enforce: 'post',
  configureServer: ({ middlewares }) => () => void middlewares.use('/api', (_, res) => res.end('another')),
}
const options = {
  origin: 'https://example.com',
  sitemap: true,
  redirects: () => ({ '/old': '/about', '/away': { to: 'https://example.org/', status: 302 } }),
  links: { served: ['/api/**'] },
}
export default {
  base: '/docs/',
  appType: 'mpa',
  plugins: [distill(options), another],
  environments: { client: { build: { rolldownOptions: { input: ['index.html', 'other.html', 'nested/index.html'] } } } },
}`,
    })
    const base = `${await startVite(app)}/docs`
    const get = (path: string) => fetch(base + path, { ...html, redirect: 'manual' })

    const about = await get('/about')
    expect(about.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await about.text()).toMatch(/^<html>.*src="\/docs\/@vite\/client".*<body>about<\/body><\/html>$/s)
    expect(await text(`${base}/gzip`)).toBe('<html>packed</html>')
    expect(await text(`${base}/part`)).toBe('<p>part</p>')
    expect((await get('/unchanged')).status).toBe(304)
    expect(await text(`${base}/index.html`)).toBe('none')
    expect(await text(`${base}/api/posts`)).toBe('another')

    const moved = await Promise.all(['/old', '/old/', '/away', '/nested'].map(get))
    expect(moved.map(({ status, headers }) => [status, headers.get('location')])).toEqual([
      [301, '/docs/about'],
      [301, '/docs/about'],
      [302, 'https://example.org/'],
      [302, '/docs/nested/'],
    ])
    expect((await text(`${base}/sitemap.xml`)).match(/<loc>.*?<\/loc>/g)).toEqual([
      '<loc>https://example.com/docs/about/</loc>',
      '<loc>https://example.com/docs/late/</loc>',
    ])
    expect(await text(`${base}/other.html`)).toMatch(/@vite\/client.*Other.*src="\/docs\/src\/entry-client/s)
    expect(await text(`${base}/nested/`)).toContain('Nested')

    expect(await text(`${base}/late`)).toBe('late')
    expect(await text(`${base}/part`)).toBe('<p>part</p>')
  })

  it('says what is missing', async () => {
    const app = await createApp()
    await rm(join(app.dir, 'src/entry-server.ts'))
    expect(await text(await startVite(app))).toContain('no server entry was found')
    await app.write({ 'src/entry-server.ts': 'export const app = 1' })
    expect(await text(await startVite(app))).toContain('src/entry-server.ts` has no default export')
  })
})
