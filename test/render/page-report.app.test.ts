import { describe, expect, it } from 'vitest'
import { createApp, serverEntry } from '../app.ts'

describe('the report of a build', () => {
  it('warns if more than half of the pages are gone', async () => {
    const posts = (n: number) =>
      serverEntry(
        `'/p/:n': { default: () => page(''), distillParams: () => Array.from({ length: ${n} }, (_, i) => i) },`,
      )
    const app = await createApp({ 'src/entry-server.ts': posts(9) })
    await app.build()
    await app.write({ 'src/entry-server.ts': posts(4) })
    expect(await app.build()).toContain('the site has 4 pages where the last build had 9')
  })
})
