import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type BuiltSite, differences, readSite } from '../cache/built-site.ts'
import { type Pages, pagesSite, resultOf } from '../cache/pages-app.ts'

/** A site of which one page has changed. */
async function edited(): Promise<BuiltSite<Pages>> {
  const site = await pagesSite({ a: { text: 'a', key: '1' }, b: { text: 'b', key: '1' }, c: { text: 'c' } })
  Object.assign(site.content.b!, { text: 'new', key: '2' })
  await site.save()
  return site
}

async function expectAsNew(site: BuiltSite<Pages>): Promise<void> {
  const { outcome, outDir } = await site.distillAnew()
  resultOf(outcome)
  const files = await readSite(site.outDir)
  // A draft that a killed process left.
  for (const path of files.keys()) if (path.endsWith('.tmp') || path.endsWith('.known')) files.delete(path)
  expect(differences(files, await readSite(outDir))).toEqual([])
}

it.each([
  ['while pages are written', 'writeFileSync /p/b/index.html', 'discarded'],
  ['before the commit', 'renameSync /static.staging/commit.json', 'discarded'],
  ['when a page is moved', 'renameSync /dist/static/p/b/index.html', 'finished'],
  ['when the record is moved', 'renameSync /dist/static.cache.jsonl', 'finished'],
  ['between the record and the manifest', 'renameSync /dist/static.manifest.jsonl', 'finished'],
])('a merge that is killed %s leaves the old site or the new one', async (_, fault, fate) => {
  const site = await edited()
  await site.plan()
  await site.shards(2)
  expect(await site.distillKilled({ FAULT: `${fault} SIGKILL` }, { step: 'merge' })).toBe('SIGKILL')
  // The commit is finished by the next command; of the site that is there then, the plan keeps no page.
  const again = await site.merge()
  if (fate === 'discarded') expect(resultOf(again)).toMatchObject({ kept: 1, changed: 1 })
  else expect(again).toMatchObject({ code: 'PLAN_MISMATCH' })
  await expectAsNew(site)
})

it.each([
  ['before it writes', 'openSync /static.plan.jsonl.tmp'],
  ['before its file appears', 'renameSync /static.plan.jsonl'],
])('a plan that is killed %s leaves none, or the one before', async (_, fault) => {
  const site = await edited()
  const kill = { FAULT: `${fault} SIGKILL` }
  expect(await site.distillKilled(kill, { step: 'plan' })).toBe('SIGKILL')
  expect(await site.shard(1, 1)).toMatchObject({ code: 'NOT_BUILT' })
  resultOf(await site.distillSharded(2))
  await expectAsNew(site)

  // The one before keeps pages of the site before.
  expect(await site.distillKilled(kill, { step: 'plan' })).toBe('SIGKILL')
  await site.shards(2)
  expect(await site.merge()).toMatchObject({ code: 'PLAN_MISMATCH' })
  await expectAsNew(site)
})

it.each([
  ['as it begins', 'createWriteStream .tmp'],
  ['before its file appears', 'renameSync /static.shard-1-of-2'],
])('a shard that is killed %s leaves no file that is taken for a whole one', async (_, fault) => {
  const site = await edited()
  await site.plan()
  const shard = { index: 1, of: 2 }
  expect(await site.distillKilled({ FAULT: `${fault} SIGKILL` }, { step: 'shard', shard })).toBe('SIGKILL')
  expect(await site.shard(2, 2)).toHaveProperty('result')
  expect(await site.merge()).toMatchObject({
    code: 'SHARDS_INVALID',
    message: expect.stringContaining('shard 1 of 2 is missing'),
  })
  expect(await site.shard(1, 2)).toHaveProperty('result')
  expect(resultOf(await site.merge())).toMatchObject({ kept: 1, changed: 1 })
  await expectAsNew(site)
})

it('two renders of one shard at once both succeed, and leave one whole file', async () => {
  const site = await edited()
  site.content.c!.waits = true
  await site.save()
  await site.plan()
  const both = [site.shard(1, 1), site.shard(1, 1)]
  const drafts = async () =>
    (await readdir(join(site.outDir, '..'))).filter((name) => name.endsWith('.tmp')).length
  while ((await drafts()) < 2) await setTimeout(5)
  await mkdir(join(site.dir, 'go'))
  for (const shard of await Promise.all(both)) expect(shard).toHaveProperty('result')
  expect(await drafts()).toBe(0)
  expect(existsSync(`${site.outDir}.shard-1-of-1`)).toBe(true)
  expect(resultOf(await site.merge())).toMatchObject({ kept: 1, changed: 1 })
  await expectAsNew(site)
})

it('of two merges at once, one is refused or goes after the other', async () => {
  const site = await edited()
  await site.plan({ force: true })
  await site.shards(2)
  const [first, second] = await Promise.all([site.merge(), site.distillKilled({}, { step: 'merge' })])
  expect('result' in first ? 'merged' : first.code).toMatch(/^merged$|^BUILD_BUSY$/)
  expect('result' in first || second === 0).toBe(true)
  await expectAsNew(site)
  expect(existsSync(`${site.outDir}.staging`)).toBe(false)
})
