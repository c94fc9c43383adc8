import { describe, expect, it } from 'vitest'
import { createApp, serverEntry, viteConfig } from '../app.ts'

describe('the sitemap', () => {
  it('has every page that is meant to be found, and only where it is asked for', async () => {
    const entry = serverEntry(
      `
      '/': { distill: true, default: () => page('home') },
      '/p/:n': { default: () => page('p'), distillParams: () => [{ n: 'a&b', lastmod: new Date(0) }, { n: "it's", lastmod: '2026-01-31' }] },
      '/big': { distill: true, default: () => new Response(stream('<!doctype html>' + 'x'.repeat(2 << 20)), { headers: { 'content-type': 'Text/HTML;charset=utf-8' } }) },
      '/big-hidden': { distill: true, default: () => new Response(stream('<!doctype html><meta name=robots content=noindex>' + 'x'.repeat(2 << 20)), { headers: { 'content-type': 'text/html' } }) },
      '/big.json': { distill: true, default: () => new Response(stream(' '.repeat(2 << 20))) },
      '/hidden': { distill: true, default: () => page('<meta name="robots" content="noindex, follow">') },
      '/header': { distill: true, default: () => page('x', { headers: { 'content-type': 'text/html', 'x-robots-tag': 'none' } }) },
      '/data.json': { distill: true, default: () => ({}) },
      '/:lang/404': { distillParams: () => [{ lang: 'en' }], default: () => page('missing') },
      '/404': { distill: true, distillFile: '404.html', default: () => page('missing') },
      '/500.html': { distill: true, distillStatus: 404, default: () => page('x', { status: 404, headers: { 'content-type': 'text/html' } }) },
      '/moved': { distill: true, distillStatus: 301, default: () => new Response('', { status: 301, headers: { location: '/' } }) },`,
      `const stream = (text) => new Blob([text]).stream()`,
    )
    const app = await createApp({ 'src/entry-server.ts': entry })
    await app.build()
    expect(await app.files('dist/static')).not.toContain('sitemap.xml')

    await app.write({
      'vite.config.ts': viteConfig(
        "{ sitemap: true, origin: 'https://www.example.com', languages: ['en'] }",
        "base: '/docs/'",
      ),
    })
    await app.build()
    expect(await app.read('dist/static/sitemap.xml')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://www.example.com/docs/</loc></url>
<url><loc>https://www.example.com/docs/big/</loc></url>
<url><loc>https://www.example.com/docs/p/a%26b/</loc><lastmod>1970-01-01T00:00:00.000Z</lastmod></url>
<url><loc>https://www.example.com/docs/p/it&apos;s/</loc><lastmod>2026-01-31</lastmod></url>
</urlset>
`)
    expect((await app.manifest()).get('sitemap.xml')).toMatchObject({
      kind: 'page',
      headers: { 'content-type': 'text/xml; charset=utf-8' },
    })

    await app.write({ 'vite.config.ts': viteConfig('{ sitemap: true }') })
    expect(await app.vite('build')).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('`sitemap` needs `origin`'),
    })
    await app.write({
      'vite.config.ts': viteConfig("{ sitemap: true, origin: 'https://a.example' }"),
      'src/entry-server.ts': entry.replace("'2026-01-31'", "'yesterday'"),
    })
    expect(await app.vite('build')).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('has the `lastmod` `yesterday`'),
    })
  })
})
