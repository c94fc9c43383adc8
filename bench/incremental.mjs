// Distilling again after edits, of pages with a cache key: what did not change is kept.
import { measure } from './measure.mjs'
import { fewer, rssEnv, takeRss } from './memory.mjs'
import { build, calibrate, distilOnce, moveSite } from './render.mjs'

export async function incremental({ rounds, pages, wanted }) {
  const cheap = { pages, kind: 'keys' }
  const many = { pages: pages * 10, kind: 'keys' }
  const dear = { pages: Math.ceil(pages / 5), kind: 'cpu-keys', turns: calibrate(2) }
  await build(cheap)
  await build(dear)
  const named = (site, what) => `${site.pages.toLocaleString('en')} ${what}`
  const entries = [
    ...editing(named(cheap, 'cheap pages'), cheap),
    ...editing(named(many, 'cheap pages'), many).map((entry) => ({ ...entry, rounds: fewer(rounds) })),
    ...editing(named(dear, 'pages of 2 ms'), dear),
  ]
  return { pages, dearPages: dear.pages, entries: await measure(entries.filter(wanted), rounds) }
}

let edition = 0

/** A first build and what follows it: each is made from the one before. */
function editing(name, site) {
  let changing = 1
  const entry = (what, before, expected, ...flags) => ({
    name: `${name}, ${what}`,
    before,
    async run() {
      const env = { BENCH_EDITION: String(edition), BENCH_CHANGED: String(changing), ...rssEnv }
      const { stage, wall } = await distilOnce(site, env, expected, flags)
      return { stage, wall, rss: takeRss() }
    },
  })
  const edit = (pages) => () => {
    edition++
    changing = pages
  }
  const start = () => {
    moveSite(site)
    changing = 1
  }
  return [
    entry('first', start, site.pages),
    entry('all rendered', () => {}, site.pages, '--force'),
    entry('unchanged', () => {}, 0),
    entry('1 changed', edit(1), 1),
    entry('20 changed', edit(20), 20),
    entry('half changed', edit(site.pages / 2), site.pages / 2),
  ]
}
