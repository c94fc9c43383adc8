import { describe, expect, it } from 'vitest'
import type { PlannedPage } from '../../../src/render/planned-pages.ts'
import { pagesOfShard } from '../../../src/render/shards/assign.ts'
import { random } from '../cache/random.ts'

type Some = Pick<PlannedPage, 'key' | 'ms' | 'kept'>

/** A plan of these pages, which it tells 7 at a time. */
const planOf = (pages: readonly Some[]) => ({
  async *pages() {
    for (let at = 0; at < pages.length; at += 7)
      yield pages.slice(at, at + 7).map((page): PlannedPage => ({ url: `/${page.key}`, route: 0, ...page }))
  },
})

/** The keys of each shard, after checking that places belong to keys. */
async function assign(pages: readonly Some[], of: number): Promise<string[][]> {
  const shards: string[][] = []
  for (let index = 1; index <= of; index++) {
    const own = await pagesOfShard(planOf(pages), { index, of })
    const keys = own.pages.map(({ key }) => key)
    expect(own.places.map((place) => pages[place]!.key)).toEqual(keys)
    expect(own.places).toEqual([...own.places].sort((a, b) => a - b))
    shards.push(keys)
  }
  return shards
}

const below = random(1)
const keysOf = (count: number) => Array.from({ length: count }, (_, n) => `posts/${n}/index.html`)
const untimed = keysOf(500).map((key): Some => ({ key }))
/** Most pages are quick, and some take long. */
const timed = keysOf(500).map((key, n): Some => ({ key, ms: n % 50 === 0 ? 400 * below() : 5 * below() }))
const mixed = timed.map((page, n): Some => (n % 3 === 0 ? { key: page.key } : page))
const withKept = mixed.map((page, n): Some =>
  n % 5 > 2 ? { key: page.key, kept: n % 5 === 3 ? 'kept' : 'audited' } : page,
)

/** The milliseconds of each shard. */
async function loads(pages: readonly Some[], of: number): Promise<number[]> {
  const ms = new Map(pages.map((page) => [page.key, page.ms ?? 0]))
  return (await assign(pages, of)).map((keys) => keys.reduce((sum, key) => sum + ms.get(key)!, 0))
}

const shardOf = (shards: readonly string[][], key: string) => shards.findIndex((keys) => keys.includes(key))

describe('pages are assigned to shards', () => {
  it.each([
    ['without times', untimed],
    ['with times', timed],
    ['of both kinds', mixed],
    ['of which some are kept', withKept],
    ['of which there are fewer than shards', timed.slice(0, 2)],
    ['of which there are none', []],
  ])('%s: each that is rendered to exactly one', async (_, pages) => {
    const rendered = pages.filter(({ kept }) => kept !== 'kept').map(({ key }) => key)
    for (const of of [1, 2, 3, 7]) expect((await assign(pages, of)).flat().sort()).toEqual(rendered.sort())
  })

  it('by a hash without times: a new page moves no other, and each shard gets its share', async () => {
    const before = await assign(untimed, 4)
    for (const keys of before) expect(keys.length).toBeGreaterThan(90)
    const pages = [...untimed.slice(0, 100), { key: 'a/new/page.html' }, ...untimed.slice(100)]
    const after = await assign(pages, 4)
    expect(after.map((keys) => keys.filter((key) => key !== 'a/new/page.html'))).toEqual(before)
  })

  it('by their times: none has more to do than the mean and the longest page', async () => {
    const longest = Math.max(...timed.map(({ ms }) => ms!))
    for (const of of [2, 3, 4, 16]) {
      const found = await loads(timed, of)
      const mean = found.reduce((a, b) => a + b) / of
      expect(Math.max(...found)).toBeLessThanOrEqual(mean + longest)
    }
    // Quick pages fill up what the long ones leave.
    const found = await loads(timed, 4)
    expect(Math.max(...found) - Math.min(...found)).toBeLessThan(5)
  })

  it('by their times around those without: these count as the mean of the others', async () => {
    const page = (key: string, ms?: number): Some => ({ key, ...(ms === undefined ? {} : { ms }) })
    // All pages without a time that the hash says are of the first of two shards.
    const [first = []] = await assign(
      keysOf(100).map((key) => page(key)),
      2,
    )
    const known = Array.from({ length: 60 }, (_, n) => page(`known/${n}`, 10))
    const shards = await assign([...first.slice(0, 40).map((key) => page(key)), ...known], 2)
    expect(shards.map((keys) => keys.length)).toEqual([50, 50])
  })

  it('in the same way whatever the order of the pages, also of equal times', async () => {
    const equal = mixed.map((page): Some => (page.ms === undefined ? page : { ...page, ms: 3 }))
    const shards = await assign(equal, 3)
    const turned = await assign(equal.toReversed(), 3)
    for (const { key } of equal) expect(shardOf(turned, key)).toBe(shardOf(shards, key))
  })

  it('however quick they are: pages of no measured time are shared too', async () => {
    const shards = await assign(
      keysOf(90).map((key): Some => ({ key, ms: 0 })),
      3,
    )
    expect(shards.map((keys) => keys.length)).toEqual([30, 30, 30])
  })
})
