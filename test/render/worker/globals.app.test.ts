import { describe, expect, it } from 'vitest'
import { createApp, serverEntry, viteConfig } from '../../app.ts'

describe('the app while it is distilled', () => {
  it('runs in production, with its .env files, and reaches itself by `fetch`', async () => {
    const app = await createApp({
      // Nothing answers there.
      'vite.config.ts': viteConfig("{ origin: 'http://127.0.0.1:9' }"),
      '.env': 'SECRET_FROM_FILE=filed\nOVERRIDDEN=file\n',
      '.env.production': 'ONLY_IN_PRODUCTION=yes\n',
      'src/entry-server.ts': serverEntry(
        `'/env': { distill: true, default: async (event) => JSON.stringify({
          node: process.env.NODE_ENV, filed: process.env.SECRET_FROM_FILE, production: process.env.ONLY_IN_PRODUCTION,
          overridden: process.env.OVERRIDDEN, distilling: isDistilling(),
          own: await (await fetch('/api/own?x=1')).json(),
          address: await (await fetch(new URL('/api/moved', event.req.url))).json(),
        }), distillFile: 'env.json' },
        '/api/moved': { default: () => new Response(null, { status: 302, headers: { location: 'own?moved' } }) },
        '/api/own': { default: (event) => ({ own: event.url.search }) },`,
        "import { isDistilling } from 'vite-distill/app'",
      ),
    })
    app.env.OVERRIDDEN = 'environment'
    await app.build()
    expect(JSON.parse(await app.read('dist/static/env.json'))).toEqual({
      node: 'production',
      filed: 'filed',
      production: 'yes',
      overridden: 'environment',
      distilling: true,
      own: { own: '?x=1' },
      address: { own: '?moved' },
    })
  })

  it('prints with the URL of the page that prints', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        `'/p/:n': { distillParams: () => [1, 2], default: async (event) => {
          if (++begun === 2) bothBegan()
          await both
          console.log('rendering', event.context.params.n)
          return page('')
        } },`,
        `console.log('loaded')
        let begun = 0
        let bothBegan
        const both = new Promise((resolve) => (bothBegan = resolve))`,
      ),
    })
    const output = await app.build()
    expect(output).toMatch(/^loaded$/m)
    expect(output).toMatch(/^\/p\/1 rendering 1$/m)
    expect(output).toMatch(/^\/p\/2 rendering 2$/m)
  })
})
