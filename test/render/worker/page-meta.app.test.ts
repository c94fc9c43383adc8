import { describe, expect, it } from 'vitest'
import { createApp, serverEntry } from '../../app.ts'

describe('a page', () => {
  it('draws a warning if it is probably a mistake', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        `
        '/': { distill: true, default: () => page('home') },
        '/empty': { distill: true, default: () => page('', { status: 200 }) && new Response('', { headers: { 'content-type': 'text/html' } }) },
        '/bare/:n': { distillParams: () => [1, 2, 3], default: () => new Response('<p>no doctype</p>', { headers: { 'content-type': 'text/html' } }) },
        '/zipped': { distill: true, default: () => new Response(gzipSync('<!doctype html>zipped'), { headers: { 'content-type': 'text/html', 'content-encoding': 'gzip' } }) },
        '/encoded': { distill: true, default: () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html', 'content-encoding': 'UTF-8' } }) },
        '/plain': { distill: true, default: () => new Response('<h1>source</h1>') },
        '/api/:n': { distillParams: () => [1, 2], default: () => Response.json({ n: 1 }) },
        '/named': { distill: true, distillFile: 'named.json', default: () => Response.json({ n: 1 }) },`,
        "import { gzipSync } from 'node:zlib'",
      ),
    })
    const output = await app.build()
    expect(output).toContain('page `/empty`: its body is empty')
    expect(output).toContain('page `/bare/1` and 2 more: it has no `<!doctype html>`, which other pages have')
    expect(output).toContain(
      'page `/plain`: it is `text/plain` in a file that ends in `.html`: name the file with `distillFile: ',
    )
    expect(await app.read('dist/static/zipped/index.html')).toBe('<!doctype html>zipped')
    expect(output).toContain('page `/encoded`: its `Content-Encoding: utf-8` is unknown: the body is written')
    expect(output).toContain('page `/api/1` and 1 more: it is `application/json`')
    expect(output).toContain("`distillFile: 'api/{n}.json'`")
    expect(output).not.toContain('/named')
  })
})
