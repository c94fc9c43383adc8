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
        `'/': { distill: true, default: () => page('home ' + isDistilling()) },
         '/data.json': { default: () => ({ html: '<head></head>' }) },
         '/none': { default: () => page('none', { status: 404, headers: { 'content-type': 'text/html', 'x-own': 'kept' } }) },`,
        "import { isDistilling } from 'vite-distill/app'",
      ),
      'vite.config.ts': viteConfig('{}', "base: '/docs/'"),
    })
    const origin = await startVite(app)
    const home = await text(`${origin}/docs/`)
    expect(home).toContain('home false')
    expect(home).toContain('src="/docs/@vite/client"')
    expect(home).toContain('src="/docs/src/entry-client.ts"')
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

  it('says what is missing', async () => {
    const app = await createApp()
    await rm(join(app.dir, 'src/entry-server.ts'))
    expect(await text(await startVite(app))).toContain('no server entry was found')
    await app.write({ 'src/entry-server.ts': 'export const app = 1' })
    expect(await text(await startVite(app))).toContain('the server entry has no default export')
  })
})
