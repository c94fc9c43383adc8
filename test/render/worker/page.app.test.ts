import { describe, expect, it } from 'vitest'
import { createApp, serverEntry } from '../../app.ts'

describe('the status of a page', () => {
  it('may be any of several', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(`
        '/s/:code': { distillStatus: [200, 404, 410], distillParams: () => [200, 404, 410],
          default: (event) => page('x', { status: Number(event.context.params.code), headers: { 'content-type': 'text/html' } }) },`),
    })
    await app.build()
    const manifest = await app.manifest()
    expect([200, 404, 410].map((code) => manifest.get(`s/${code}/index.html`)!.status)).toEqual([
      200, 404, 410,
    ])
  })
})
