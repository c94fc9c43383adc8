import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type BuiltSite, differences, readFiles, readSite } from '../cache/built-site.ts'
import { type Pages, pagesSite, reasonsOf, resultOf } from '../cache/pages-app.ts'
import { calls, shardedSite } from './sharded-app.ts'

/** Expects that the site is what rendering all of it from nothing gives. */
async function expectAsNew(site: BuiltSite<unknown>): Promise<void> {
  const { outcome, outDir } = await site.distillAnew()
  resultOf(outcome)
  expect(differences(await readSite(site.outDir), await readSite(outDir))).toEqual([])
}

it('shards ask only for pages that the plan does not keep, and the merge keeps what the app says is unmodified', async () => {
  const site = await shardedSite()
  resultOf(await site.distill())
  Object.assign(site.content.keys, { p8: 'b', p9: 'b', new: 'b' })
  delete site.content.keys.p11
  // Also in pages whose key says that they did not change: `p10`.
  site.content.keys.p10 = '1'
  site.content.text = 'two'
  await site.save()
  await calls(site)
  expect(await site.plan()).toMatchObject({ result: { pages: 32, kept: 8, audited: 0 } })
  expect((await calls(site)).filter((call) => call.startsWith('request '))).toEqual([])
  const shards = (await site.shards(3)).map((shard) => ('result' in shard ? shard.result : undefined))
  expect(shards.reduce((sum, shard) => sum + shard!.unmodified, 0)).toBe(1)
  expect(shards.reduce((sum, shard) => sum + shard!.pages, 0)).toBe(23)
  const asked = await calls(site)
  expect(asked.filter((call) => call.startsWith('request posts'))).toEqual([
    'request posts/new',
    'request posts/p10',
    'request posts/p8',
    'request posts/p9',
  ])
  expect(asked).toHaveLength(24)
  const merged = resultOf(await site.merge())
  expect(merged).toMatchObject({ kept: 9, audited: 0, removed: 2, renderedAll: undefined })
  expect(merged.reasons().find(({ url }) => url === '/etag/same')).toMatchObject({
    action: 'kept',
    reason: 'the app answered 304',
  })
  // Only those that are found by links.
  for (const call of await calls(site)) expect(call).toMatch(/^request linked\//)
  await expectAsNew(site)
})

describe('a kept page that is audited', () => {
  const audit = { cache: { audit: 1 } }
  it('and is the same is kept, of whatever size and kind', async () => {
    const site = await pagesSite({
      large: { text: `<!doctype html>${'a line\n'.repeat(400_000)}`, key: '1', stream: true },
      whole: { text: `<!doctype html>${'another line\n'.repeat(200_000)}`, key: '1' },
      empty: { text: '', key: '1' },
      moved: { key: '1', status: 301, headers: { location: '/p/empty' } },
      other: { text: 'new each time' },
    })
    expect(resultOf(await site.distillSharded(2, audit))).toMatchObject({ kept: 4, audited: 4, rendered: 1 })
    await expectAsNew(site)
  })

  it('and changed fails the merge, with its name, and leaves the site as it was', async () => {
    const site = await pagesSite({
      a: { text: 'one\ntwo', key: '1' },
      b: { text: 'b', key: '1' },
      c: { text: 'c', key: '1' },
      large: { text: 'a line\n'.repeat(400_000), key: '1', stream: true },
    })
    site.content.a!.text = 'one\nTWO'
    site.content.b!.status = 404
    site.content.large!.text += 'and more'
    await site.save()
    const before = await readFiles(site.outDir)
    const single = await site.distill(audit)
    const sharded = await site.distillSharded(3, audit)
    expect(sharded).toEqual(single)
    expect(sharded).toMatchObject({
      code: 'CACHE_STALE',
      message: expect.stringContaining(
        '`/p/a` (route `/p/:slug`), cache key `1`, line 2\n    kept:     two\n    rendered: TWO\n',
      ),
    })
    expect(differences(await readFiles(site.outDir), before)).toEqual([])

    // All are rendered with `force`, and those are named whose keys lied.
    const forced = resultOf(await site.distillSharded(3, { force: true }))
    const lied = 'it changed, and its cache key did not: it would have been kept as it was'
    expect(forced).toMatchObject({ kept: 0, rendered: 4, warnings: [`page \`/p/a\` and 2 more: ${lied}`] })
    expect(forced.reasons()[2]).toMatchObject({ reason: '`--force`; it would be kept' })
    await expectAsNew(site)
  })

  it('and fails, or is left out by `transform`, fails the merge', async () => {
    const site = await pagesSite({ a: { text: 'a', key: '1' }, b: { text: 'b', key: '1' } })
    site.content.b!.throws = true
    await site.save()
    expect(await site.distillSharded(2, audit)).toMatchObject({
      code: 'PAGES_FAILED',
      message: expect.stringContaining('`/p/b`'),
    })
    site.content.b!.throws = false
    await site.save()
    let leavesOut = false
    site.options = { transform: ({ url }) => (leavesOut && url === '/p/b' ? null : undefined) }
    resultOf(await site.distill())
    leavesOut = true
    expect(await site.distillSharded(2, audit)).toEqual(await site.distill(audit))
  })
})

/** A site of which the plan keeps `a` and `b`, and `c` is rendered. */
async function planned(): Promise<BuiltSite<Pages>> {
  const site = await pagesSite({ a: { text: 'a', key: '1' }, b: { text: 'b', key: '1' }, c: { text: 'c' } })
  site.content.c!.text = 'new'
  await site.save()
  expect(await site.plan()).toMatchObject({ result: { kept: 2 } })
  for (const shard of await site.shards(2)) expect(shard).toHaveProperty('result')
  return site
}

const pathOf = (site: BuiltSite<Pages>, slug: string) => join(site.outDir, 'p', slug, 'index.html')
const otherSite = 'the plan keeps pages of the last site, and the site here is not that one'
const otherPage = otherSite.replace('pages', 'page `/p/a`')

describe('a plan that keeps pages', () => {
  it.each<[string, string, (site: BuiltSite<Pages>) => Promise<unknown>]>([
    ['a kept page was altered', otherPage, (site) => writeFile(pathOf(site, 'a'), 'A')],
    ['a kept page was lost', otherPage, (site) => rm(pathOf(site, 'a'))],
    [
      '`renderFile()` wrote a kept page',
      otherPage,
      async (site) => {
        site.content.a!.text = 'edited'
        await site.save()
        await site.renderFile('/p/:slug', 'a')
      },
    ],
    ['another build wrote it', otherSite, (site) => site.distill()],
    ['its manifest was lost', otherSite, (site) => rm(`${site.outDir}.manifest.jsonl`)],
    ['its record was lost', otherPage, (site) => rm(`${site.outDir}.cache.jsonl`)],
    [
      'it is not there',
      otherSite,
      async (site) => {
        for (const end of ['', '.manifest.jsonl', '.cache.jsonl'])
          await rm(site.outDir + end, { recursive: true })
      },
    ],
  ])('is refused by the merge if the last site is another: %s', async (_, message, change) => {
    const site = await planned()
    await change(site)
    const before = await readFiles(site.outDir)
    expect(await site.merge()).toEqual({ code: 'PLAN_MISMATCH', message })
    expect(differences(await readFiles(site.outDir), before)).toEqual([])
  })

  it('is merged whatever became of the pages that it does not keep', async () => {
    const site = await planned()
    await writeFile(pathOf(site, 'c'), 'altered')
    await site.renderFile('/p/:slug', 'c')
    expect(reasonsOf(await site.merge())).toMatchObject({ a: 'its cache key is the same' })
    await expectAsNew(site)
  })

  it('is merged where the last site was brought to another folder', async () => {
    const site = await planned()
    const moved = join(site.dir, 'moved')
    await cp(join(site.dir, 'dist'), moved, { recursive: true })
    await rm(join(site.dir, 'dist'), { recursive: true })
    await cp(moved, join(site.dir, 'dist'), { recursive: true })
    expect(resultOf(await site.merge())).toMatchObject({ kept: 2, changed: 1 })
    await expectAsNew(site)
  })

  it('says so with `force`: none is kept, and the merge needs no last site', async () => {
    const site = await planned()
    expect(await site.plan({ force: true })).toMatchObject({ result: { kept: 0 } })
    await site.shards(2)
    await cp(join(site.dir, 'dist'), join(site.dir, 'copy'), { recursive: true })
    resultOf(await site.distill())
    expect(resultOf(await site.merge())).toMatchObject({ kept: 0, rendered: 3, changed: 0 })
    await rm(join(site.dir, 'dist'), { recursive: true })
    await cp(join(site.dir, 'copy'), join(site.dir, 'dist'), {
      recursive: true,
      filter: (path) => !/static$|(?:manifest|cache)\.jsonl$/.test(path),
    })
    expect(resultOf(await site.merge())).toMatchObject({ new: 4, rendered: 3 })
    await expectAsNew(site)
  })
})

it('a page of which the app answered 304 to a shard is that of the last site, or the merge is refused', async () => {
  const site = await shardedSite()
  resultOf(await site.distill())
  await site.plan()
  await site.shards(2)
  await writeFile(join(site.outDir, 'etag/other/index.html'), 'altered')
  expect(await site.merge()).toEqual({
    code: 'PLAN_MISMATCH',
    message: otherSite.replace('pages', 'page `/etag/other`'),
  })
  expect(await readFile(join(site.outDir, 'etag/other/index.html'), 'utf8')).toBe('altered')
})
