import { expect, it } from 'vitest'
import { differences, readSite } from '../cache/built-site.ts'
import { resultOf } from '../cache/pages-app.ts'
import { calls, changing, shardedSite } from './sharded-app.ts'

const isRequest = (call: string) => call.startsWith('request ')
const isListing = (call: string) => !isRequest(call)

it.each([
  ['in one shard', 1, {}],
  ['in 3 shards', 3, {}],
  ['that are changed, in 3 shards', 3, changing],
])('pages of every kind %s are byte for byte those of one machine', async (_, of, options) => {
  const site = await shardedSite()
  Object.assign(site.options, options)
  const sharded = resultOf(await site.distillSharded(of))
  const asked = await calls(site)
  const anew = await site.distillAnew()
  const single = resultOf(anew.outcome)
  expect(differences(await readSite(site.outDir), await readSite(anew.outDir))).toEqual([])
  const { warnings, notices, links, pages, redirects, bytes, dropped } = single
  expect(sharded).toMatchObject({ warnings, notices, links, pages, redirects, bytes, dropped, shards: of })
  // Nothing is asked for twice. The plan alone calls `distillParams` and `distillCacheKey`, each once.
  expect(asked.filter(isRequest)).toEqual((await calls(site)).filter(isRequest))
  expect(asked.filter(isListing)).toEqual([
    'key',
    'params of etag',
    'params of large',
    'params of other',
    'params of posts',
  ])
})
