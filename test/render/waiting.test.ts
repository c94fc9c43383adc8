import { describe, expect, it } from 'vitest'
import type { ResolvedOptions } from '../../src/options.ts'
import { resolveRedirects } from '../../src/render/redirects.ts'
import { transformBatch } from '../../src/render/worker/transform.ts'

const never = () => new Promise<never>(() => {})
const timeout = 30

describe('a function of the options that never ends', () => {
  it('is an error, if it is `redirects`', async () => {
    const options = {
      redirects: never,
      base: '/',
      layout: 'directory',
      timeout,
    } as unknown as ResolvedOptions
    await expect(resolveRedirects(options)).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: 'the option `redirects` took longer than `timeout`, 30 ms',
      hint: expect.stringContaining('raise `timeout`'),
    })
  })

  it('is an error of the whole build, if it is `transform`', async () => {
    const bytes = new Uint8Array(new ArrayBuffer(2))
    const pages = [0, 1].map((index) => ({ index, key: `${index}.html`, status: 200, headers: {}, ms: 1 }))
    const list = {
      routes: [{ route: '/:n', status: [200] }],
      notices: [],
      warnings: [],
      pages: [0, 1].map((n) => ({ url: `/${n}`, key: `${n}.html`, route: 0 })),
    }
    const calls: string[] = []
    const transform = (page: { url: string }) => {
      calls.push(page.url)
      return page.url === '/1' ? never() : undefined
    }
    await expect(
      transformBatch({ type: 'batch', pages, ends: [1, 2], bytes }, list, transform, timeout, () => {}),
    ).rejects.toMatchObject({
      code: 'PAGES_FAILED',
      message: 'the option `transform` for page `/1` took longer than `timeout`, 30 ms',
    })
    expect(calls).toEqual(['/0', '/1'])
  })
})
