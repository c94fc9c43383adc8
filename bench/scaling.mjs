// Scaling: seconds and megabytes by the number of pages, and of keys planned.
import { measure } from './measure.mjs'
import { fewer, planning, preparePlan, rendering } from './memory.mjs'
import { build } from './render.mjs'

const steps = [1 / 10, 1, 10]

export async function scaling({ rounds, pages, keys, wanted }) {
  await build({ pages: 1 })
  const sizes = steps.map((step) => pages * step)
  const planned = [keys / 1000, keys / 100, keys / 10, keys]
  for (const count of planned) await preparePlan(count)
  const entries = [
    ...sizes.map((pages) => ({ ...rendering('pages rendered', { pages }), count: pages })),
    ...planned.map((keys) => ({ ...planning(keys), name: 'keys planned', count: keys })),
  ]
  const measured = await measure(entries.filter(wanted), fewer(rounds))
  return {
    rounds: fewer(rounds),
    entries: measured.map((entry, i) => ({ ...entry, count: entries[i].count })),
  }
}
