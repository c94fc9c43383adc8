import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createApp, serverEntry, viteConfig } from '../app.ts'
import { startVite } from '../start.ts'

const html = { headers: { accept: 'text/html' } }

it('the template answers where the site has no page, in preview and in dev', async () => {
  const app = await createApp({
    'vite.config.ts': viteConfig(
      "{ fallback: '200.html', sitemap: true, origin: 'https://example.com', cdn: { html: true, tag: () => 'tagged' } }",
      "base: '/docs/'",
    ),
    'src/entry-server.ts': serverEntry(`'/': { distill: true, default: () => page('home') },
      '/404.html': { distill: true, distillStatus: 404, default: () => page('lost', { status: 404 }) },`),
    'public/icon.svg': '<svg/>',
    'index.html':
      '<!doctype html><link rel="icon" href="/icon.svg"><!--app--><script type="module" src="/src/entry-client.ts"></script>',
  })
  await app.build()
  const fallback = await app.read('dist/static/200.html')
  expect(fallback).toBe((await app.read('dist/static/index.html')).replace('home', '<!--app-->'))
  expect(fallback).toContain('href="/docs/icon.svg?tag=tagged"')
  expect(fallback).toContain('src="/docs/assets/')
  expect((await app.manifest()).get('200.html')).toMatchObject({
    url: '/docs/200.html',
    kind: 'page',
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  })
  expect((await app.read('dist/static/sitemap.xml')).match(/<loc>/g)).toHaveLength(1)
  expect(await app.distill('render', '--only', '404.html')).toMatchObject({ exitCode: 0 })
  expect((await app.manifest()).has('200.html')).toBe(true)

  const preview = await startVite(app, 'preview')
  for (const path of ['/docs/account', '/docs/account/', '/docs/a/b?c=d']) {
    const response = await fetch(preview + path, html)
    expect([response.status, await response.text()]).toEqual([200, fallback])
  }
  expect(await (await fetch(`${preview}/docs/`, html)).text()).toContain('home')

  const dev = await startVite(app)
  const deep = await fetch(`${dev}/docs/account`, html)
  expect([deep.status, await deep.text()]).toEqual([
    200,
    expect.stringMatching(/\/docs\/@vite\/client[^]*<!--app-->/),
  ])
})

it('says what keeps it from being written', async () => {
  const config = viteConfig("{ fallback: 'index.html' }")
  const app = await createApp({ 'vite.config.ts': config })
  expect((await app.vite('build')).output).toContain(
    '`index.html` would be written by page `/` of route `/` and by the option `fallback`',
  )
  await rm(join(app.dir, 'index.html'))
  await app.write({
    'src/entry-server.ts':
      "export default () => new Response('')\nexport const distillRoutes = [{ route: '/' }]",
    'vite.config.ts': viteConfig("{ fallback: '200.html' }"),
  })
  await rm(join(app.dir, 'dist'), { recursive: true })
  expect((await app.vite('build')).output).toContain(
    "`fallback` is `200.html`, and the client's build has no `index.html`",
  )
})
