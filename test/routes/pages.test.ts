import type { Page } from '../../src/routes/types.ts'
import { describe, expect, it } from 'vitest'
import { plan } from '../../src/routes/pages.ts'
import { parsePattern } from '../../src/routes/pattern.ts'

describe('a plan of very many pages', () => {
  it('holds no more than a small record of each', async () => {
    const pages = 300_000
    async function* params() {
      for (let id = 0; id < pages; id++) yield { id, payload: undefined }
    }
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    const planned: Page[] = []
    await plan(
      [{ route: '/posts/:id', distillParams: params }],
      { layout: 'directory', languages: [] },
      (page) => planned.push(page),
    )
    globalThis.gc?.()
    const perPage = (process.memoryUsage().heapUsed - before) / pages
    expect(planned).toHaveLength(pages)
    expect(perPage).toBeLessThan(1000)
  })
})

describe('a pattern', () => {
  it.each([
    ['/', [], '/'],
    ['/a/:b', ['b'], '/a/x'],
    ['/a/:b?', ['b'], '/a'],
    ['/:a-:b/**:rest', ['a', 'b', 'rest'], '/x-y/z'],
    ['/é/:id(\\d{2,4}(?:a|b)?)', ['id'], '/%C3%A9/12a'],
    ['/*', ['0'], '/x'],
    ['/**', ['0'], '/x/y'],
  ])('%s has the params %j', (route, names, example) => {
    const pattern = parsePattern(route)
    expect(pattern.params.map(({ name }) => name)).toEqual(names)
    expect(pattern.matches.test(example)).toBe(true)
  })
})
