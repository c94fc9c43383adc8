import { describe, expect, it } from 'vitest'
import { createApp, serverEntry } from '../app.ts'

describe('what is printed', () => {
  it('is nothing but warnings under `--logLevel warn`', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        "'/': { distill: true, default: () => page('', { headers: { 'set-cookie': 'a=b' } }) },",
      ),
    })
    const output = await app.build('--logLevel', 'warn')
    expect(output).not.toContain('distilled')
    expect(output).toContain('it sets a cookie')
  })

  it('names the slowest pages', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        "'/p/:n': { distillParams: () => [1, 2, 3, 4, 5, 6, 70], default: async (event) => { await new Promise((r) => setTimeout(r, 100 + Number(event.context.params.n))); return page('') } },",
      ),
    })
    expect((await app.build()).match(/slowest: (.*)/)![1]!.split(', ')).toHaveLength(5)
  })

  it('names what the app starts for its first page, and not the pages that waited for it', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        "'/p/:n': { distillParams: () => [1, 2, 3, 4, 5, 6, 7], default: async () => { await database(); return page('') } },",
        'let opened; const database = () => (opened ??= new Promise((r) => setTimeout(r, 1500)))',
      ),
    })
    const output = await app.build()
    expect(output).toMatch(/first page: \/p\/1 [\d.]+ s, with what the app starts for it/)
    expect(output).not.toMatch(/slowest: .* s\b/)
  })
})
