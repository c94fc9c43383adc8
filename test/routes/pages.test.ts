import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Page } from '../../src/routes/types.ts'
import { expect, it } from 'vitest'
import { listPages } from '../../src/routes/pages.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

it('a list of very many pages holds no more than a small record of each', async () => {
  const pages = 100_000
  const row = Symbol('what a database returned with it')
  async function* params() {
    for (let id = 0; id < pages; id++) yield { id, [row]: Array.from({ length: 250 }, () => id) }
  }
  gc()
  const before = process.memoryUsage().heapUsed
  const list: Page[] = []
  await listPages(
    [{ route: '/posts/:id', distillParams: params }],
    { layout: 'directory', languages: [] },
    (page) => list.push(page),
  )
  gc()
  const perPage = (process.memoryUsage().heapUsed - before) / pages
  expect(list).toHaveLength(pages)
  expect(perPage).toBeLessThan(1000)
})

it.each([
  { route: '/a', distillFile: '\ud800.html' },
  { route: '/a/:s', distillParams: () => ['\ud800'] },
  { route: '/a/**:s', distillParams: () => [{ s: 'x/\udc00' }] },
  { route: '/a/:s', distillParams: () => [{ s: 'x', title: '\ud800' }], distillFile: '{title}.html' },
])('half of a character fits into no file name: %j', async (route) => {
  const options = { layout: 'directory', languages: [] } as const
  await expect(listPages([route], options, () => {})).rejects.toThrow('a lone surrogate')
})

it.each(['a valid', 'an invalid'])('an endless list of %s page ends when memory is full', async (kind) => {
  let ended = false
  function* params() {
    try {
      for (let id = 0; ; id++) yield kind === 'a valid' ? { id } : { id: `${id}/` }
    } finally {
      ended = true
    }
  }
  let pages = 0
  const listing = listPages(
    [
      { route: '/', distill: true },
      { route: '/posts/:id', distillParams: params },
      { route: '/more/:id', distillParams: params },
    ],
    { layout: 'directory', languages: [], memory: 1_000_000 },
    () => pages++,
  )
  await expect(listing).rejects.toMatchObject({
    code: 'PARAMS_INVALID',
    message: expect.stringMatching(
      /^route `\/posts\/:id` has \d,\d{3} pages or more, .*: does its `distillParams` end\?$/,
    ),
    hint: expect.stringContaining('--max-old-space-size'),
  })
  expect(ended).toBe(true)
  expect(pages).toBeLessThan(4_000)
})
