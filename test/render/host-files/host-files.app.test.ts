import { describe, expect, it } from 'vitest'
import { createApp, serverEntry, viteConfig } from '../../app.ts'

describe('the option `hostFiles`', () => {
  it('writes them at each build, with what the app has of its own', async () => {
    const all = "hostFiles: ['_headers', '_redirects', 'nginx', 'cloudfront-function']"
    const app = await createApp({
      'vite.config.ts': viteConfig(`{ ${all}, redirects: { '/old': '/about' }, links: false }`),
      'public/_headers': '/own\n  x-a: b\n',
      'src/entry-server.ts': serverEntry(`
        '/': { distill: true, default: () => page('home') },
        '/about': { distill: true, default: () => page('about', { headers: { 'content-type': 'text/html', link: '</a>; rel=next' } }) },`),
    })
    app.env.NETLIFY = ''
    expect(await app.build()).toContain('2 pages, 1 redirect, 4 assets')
    const hosts = () =>
      Promise.all(
        ['/_headers', '/_redirects', '.nginx.conf', '.cloudfront-function.js'].map((name) =>
          app.read(`dist/static${name}`),
        ),
      )
    const first = await hosts()
    const [headers, redirects, nginx, edge] = first
    expect(headers).toMatch(/^\/about\/\n {2}link: <\/a>; rel=next\n/m)
    expect(headers).toMatch(/^\/assets\/\*\n {2}cache-control: public, max-age=31536000, immutable\n/m)
    expect(headers).toMatch(/\n\/own\n {2}x-a: b\n$/)
    expect(redirects).toMatch(/^\/old \/about 301\n\/old\/ \/about 301\n$/m)
    expect(nginx).toContain('location = "/old/" {\n  return 301 "/about";')
    expect(edge).toContain('"/old/index.html":[301,"/about"]')
    const listed = (await app.manifest()).get('_redirects')
    expect(listed).toMatchObject({
      kind: 'asset',
      size: redirects!.length,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    })

    // Only some pages are rendered; host files are of the whole site all the same. Where Netlify builds, a rule has to
    // win over the page that redirects.
    app.env.NETLIFY = 'true'
    expect((await app.distill('render', '--only', 'about')).exitCode).toBe(0)
    const forced = [headers, redirects!.replaceAll('301', '301!'), nginx, edge]
    expect(await hosts()).toEqual(forced)

    await app.write({
      'vite.config.ts': viteConfig(
        "{ hostFiles: ['_headers'], links: false, transform: () => ({ headers: { link: 'a\\nb' } }) }",
      ),
    })
    const failed = await app.distill('render')
    expect(failed).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('page `/about/` has the header `link` with a line break'),
    })
    expect(await hosts()).toEqual(forced)
  })
})
