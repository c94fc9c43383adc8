import { expect, it } from 'vitest'
import { differences, readFiles } from '../cache/built-site.ts'
import { type Pages, pagesSite, resultOf } from '../cache/pages-app.ts'

it('pages that fail in several shards are told by each of them, and by the merge all at once as on one machine', async () => {
  const pages: Pages = {}
  for (let n = 0; n < 24; n++) {
    const next = `<!doctype html><a href="/p/n${(n + 1) % 24}/">next</a>`
    pages[`n${n}`] = { text: next, throws: false }
  }
  const site = await pagesSite(pages)
  const before = await readFiles(site.outDir)
  for (const n of [2, 3, 5, 8, 13, 21]) pages[`n${n}`]!.throws = true
  pages.n7!.status = 500
  await site.save()

  await site.plan()
  const shards = await site.shards(3)
  const failed = shards.map((shard) => ('code' in shard ? shard : { code: '', message: '' }))
  // Their files are complete all the same: else the merge would name them.
  expect(failed.filter(({ code }) => code === 'PAGES_FAILED').length).toBeGreaterThan(1)
  expect(failed.map(({ message }) => Number(/^\d+/.exec(message)?.[0] ?? 0)).reduce((a, b) => a + b)).toBe(7)

  const merged = await site.merge()
  expect(merged).toMatchObject({
    code: 'PAGES_FAILED',
    message: expect.stringMatching(/^7 pages could not be rendered\n {2}`\/p\/n2` .*, linked from /),
  })
  expect(merged).toEqual(await site.distill({ workers: 1, concurrency: 1 }))
  expect(differences(await readFiles(site.outDir), before)).toEqual([])

  for (const page of Object.values(pages)) Object.assign(page, { throws: false, status: 200 })
  await site.save()
  expect(resultOf(await site.distillSharded(3))).toMatchObject({ pages: 24, unchanged: 25 })
})
