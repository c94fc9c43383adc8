import { describe, expect, it } from 'vitest'
import { createApp, serverEntry, viteConfig } from '../../app.ts'

describe('`transform`', () => {
  it('changes bodies and headers, and drops pages', async () => {
    const entry = serverEntry(
      "'/p/:n': { distillParams: () => [1, 2, 3, 4], default: (event) => page('page ' + event.context.params.n) },",
    )
    const app = await createApp({
      'src/entry-server.ts': entry,
      'vite.config.ts': viteConfig(`{ transform: async (page) => {
        if (page.params.n === '1') return { body: page.text().replace('page 1', page.route + ' ' + page.url + ' ' + page.file + ' ' + page.status) }
        if (page.params.n === '2') return { headers: { 'Cache-Control': 'max-age=60', 'content-type': undefined }, body: new Uint8Array([1, 2]) }
        if (page.params.n === '3') return null
      } }`),
    })
    expect(await app.build()).toContain('5 new, 1 dropped')
    const page = (n: number) => app.read(`dist/static/p/${n}/index.html`)
    expect(await page(1)).toContain('/p/:n /p/1 p/1/index.html 200')
    expect(Buffer.from(await page(2))).toEqual(Buffer.from([1, 2]))
    expect(await page(4)).toContain('page 4')
    const manifest = await app.manifest()
    expect(manifest.has('p/3/index.html')).toBe(false)
    expect(manifest.get('p/2/index.html')!.headers).toEqual({ 'cache-control': 'max-age=60' })

    await app.write({
      'vite.config.ts': viteConfig(
        "{ transform: ({ params }) => { if (params.n === '2') throw new Error('no such luck'); if (params.n === '4') return 'a page' } }",
      ),
    })
    const { exitCode, output } = await app.vite('build')
    expect(exitCode).toBe(1)
    expect(output).toContain('`transform` threw: no such luck')
    expect(output).toContain('`transform` returned a string; it must return `{ body, headers }`')
  })
})
