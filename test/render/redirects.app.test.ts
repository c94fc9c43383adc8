import { describe, expect, it } from 'vitest'
import { createApp, serverEntry, viteConfig } from '../app.ts'

describe('redirects', () => {
  it('come from pages and from the options', async () => {
    const app = await createApp({
      'vite.config.ts': viteConfig(
        `{ redirects: async () => ({ '/old': '/new', '/older/': { to: 'https://example.com/?a=1&b=%22', status: 302 }, '/feed.rss': '/feed.xml' }), links: { served: ['/feed.xml'] } }`,
        "base: '/docs/'",
      ),
      'src/entry-server.ts': serverEntry(`
        '/new': { distill: true, default: () => page('new') },
        '/a/relative': { distill: true, distillStatus: 302, default: () => new Response('', { status: 302, headers: { location: '../new?z=1' } }) },
        '/from-page': { distill: true, distillStatus: 307, default: () => new Response('', { status: 307, headers: { location: '/x"><script>alert(1)</script>' } }) },`),
    })
    expect(await app.build()).toContain('1 page, 5 redirects')
    const manifest = await app.manifest()
    expect(manifest.get('old/index.html')).toMatchObject({
      kind: 'redirect',
      url: '/docs/old/',
      status: 301,
      redirect: { to: '/docs/new', status: 301 },
    })
    expect(manifest.get('older/index.html')).toMatchObject({
      redirect: { to: 'https://example.com/?a=1&b=%22', status: 302 },
    })
    expect(manifest.get('feed.rss')).toMatchObject({
      redirect: { to: '/docs/feed.xml' },
      headers: { 'content-type': 'text/html; charset=utf-8' },
    })
    // Right from `/docs/a/relative` and from `/docs/a/relative/`.
    expect(manifest.get('a/relative/index.html')).toMatchObject({
      redirect: { to: '/docs/new?z=1', status: 302 },
    })
    const html = await app.read('dist/static/from-page/index.html')
    expect(html).not.toContain('<script')
    expect(html).toMatch(
      /<meta http-equiv="refresh" content="0; url=\/x%22%3E%3Cscript%3Ealert\(1\)%3C\/script%3E">/,
    )
    expect(html).toContain('<meta name="robots" content="noindex">')
    expect(html).toContain('<link rel="canonical" href="')
    expect(await app.read('dist/static/older/index.html')).toContain(
      'href="https://example.com/?a=1&amp;b=%22"',
    )
  })

  it.each([
    [
      'a page',
      "{ '/new': '/' }",
      '`new/index.html` would be written by page `/new` of route `/new` and by redirect `/new` of the options',
    ],
    ['itself', "{ '/a': '/b', '/b': '/c', '/c': '/a' }", '`/a` → `/b` → `/c` → `/a`'],
    [
      'a script',
      "{ '/a': 'javascript:alert(1)' }",
      '`/a`: it leads to `javascript:alert(1)`; that must be a path or an `https://` address',
    ],
    ['nothing', "{ '/a': '' }", '`/a`: it leads to ``, which is not a URL'],
    ['a status that is none', "{ '/a': { to: '/b', status: 200 } }", '`/a`: its status is `200`'],
    [
      'a URL that is no path',
      "{ 'a': '/b', '/c?d': '/e', '/../f': '/g' }",
      '`a`: an old URL is a path',
      '`/c?d`: it has a query',
    ],
    ['a function that throws', "() => { throw new Error('no list') }", '`redirects` threw: no list'],
    ['a function that gives none', '() => null', '`redirects` gave `null`'],
  ])('that lead to %s are refused', async (_, redirects, ...says) => {
    const app = await createApp({
      'vite.config.ts': viteConfig(`{ redirects: ${redirects} }`),
      'src/entry-server.ts': serverEntry("'/new': { distill: true, default: () => page('new') },"),
    })
    const { exitCode, output } = await app.vite('build')
    for (const words of says) expect(output).toContain(words)
    expect(exitCode).toBe(1)
  })

  it('that follow one another are told', async () => {
    const app = await createApp({
      'vite.config.ts': viteConfig("{ redirects: { '/a': '/b', '/b': '/' } }"),
    })
    expect(await app.build()).toContain('redirect `/a` → `/b` → `/`: redirect the first directly to the last')
  })
})
