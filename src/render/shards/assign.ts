import { hash } from 'node:crypto'
import type { Plan } from '../plan-file.ts'
import type { PlannedPage } from '../planned-pages.ts'
import type { Shard } from './shard.ts'

/** The least that a page counts, in milliseconds: each costs a request and the writing of its body. */
const leastMs = 0.2

/**
 * The pages that a shard renders, and for each its place in the plan. All shards agree, because that depends on the
 * plan alone. Memory holds the pages of one shard.
 */
export async function pagesOfShard(
  plan: Pick<Plan, 'pages'>,
  { index, of }: Shard,
): Promise<{ pages: PlannedPage[]; places: number[] }> {
  const shardOf = await assignPages(plan, of)
  const own: Awaited<ReturnType<typeof pagesOfShard>> = { pages: [], places: [] }
  let place = 0
  for await (const pages of plan.pages()) {
    for (const page of pages) {
      if (page.kept !== 'kept' && shardOf(page.key) === index) {
        own.pages.push(page)
        own.places.push(place)
      }
      place++
    }
  }
  return own
}

/**
 * Assigns pages to shards. A page whose time is not known goes where the hash of its key says, so that a new page moves
 * no other. Then the others, the longest first, each to the shard that has the least to do.
 * @returns The shard of a page, from 1, by its key
 */
async function assignPages({ pages }: Pick<Plan, 'pages'>, of: number): Promise<(key: string) => number> {
  const known: { key: string; ms: number }[] = []
  /** Of each shard: how many pages without a time, then how many milliseconds of work. */
  const loads = new Float64Array(of)
  const placeOf = (key: string) => hash('sha256', key, 'buffer').readUInt32BE(0) % of
  for await (const some of pages()) {
    for (const { key, ms, kept } of some) {
      if (kept === 'kept') continue
      if (ms === undefined) loads[placeOf(key)]! += 1
      else known.push({ key, ms: Math.max(ms, leastMs) })
    }
  }
  const average = known.reduce((sum, { ms }) => sum + ms, 0) / (known.length || 1)
  for (const [place, count] of loads.entries()) loads[place] = count * average
  known.sort((a, b) => b.ms - a.ms || (a.key < b.key ? -1 : 1))
  const places = new Map<string, number>()
  for (const { key, ms } of known) {
    let least = 0
    for (let place = 1; place < of; place++) if (loads[place]! < loads[least]!) least = place
    loads[least]! += ms
    places.set(key, least)
  }
  return (key) => (places.get(key) ?? placeOf(key)) + 1
}
