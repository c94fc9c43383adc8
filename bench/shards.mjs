// Plan, shards and merge: what they take beside rendering on one machine, and their memory.
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { measure, run } from './measure.mjs'
import { fewer, readUsage, usageEnv } from './memory.mjs'
import { app, cli, node, work } from './paths.mjs'
import { build, calibrate, checkPages, envOf, moveSite } from './render.mjs'

export async function shards({ rounds, pages, keys, wanted }) {
  const dear = { pages: Math.ceil(pages / 5), kind: 'cpu', turns: calibrate(10), workers: 1 }
  await build({ pages: 1 })
  await build(dear)
  const few = (entries) => entries.map((entry) => ({ ...entry, rounds: fewer(rounds) }))
  const compared = [
    oneMachine('one machine', dear),
    ...[1, 2, 4].map((of) => inShards(of === 1 ? '1 shard' : `${of} shards`, dear, of)),
  ]
  const single = [
    ...steps({ pages }),
    ...few(steps({ pages: pages * 10 }, { compared: false })),
    ...few([planning({ pages: keys })]),
  ]
  return {
    pages,
    dearPages: dear.pages,
    entries: [
      ...(await measure(compared.filter(wanted), rounds, { alternate: true })),
      ...(await measure(single.filter(wanted), rounds)),
    ],
    counts: Object.fromEntries(single.map(({ name, count }) => [name, count])),
  }
}

let files = 0

/**
 * A command of an app that is built, as a whole process. Resolves to its seconds, its seconds of processor time and
 * its megabytes.
 */
async function command(site, ...args) {
  const file = join(work, `usage-${files++}.json`)
  const env = { ...envOf(site), ...usageEnv(file) }
  const { wall } = await run(node, [cli, ...args, '--quiet'], { cwd: app, env })
  return { wall, ...readUsage(file) }
}

const plan = (site) => command(site, 'plan', '--no-build')
const shard = (site, index, of) => command(site, 'render', '--shard', `${index}/${of}`)
const fileOf = (site, index, of) => `${site.out}.shard-${index}-of-${of}`

async function merge(site) {
  const usage = await command(site, 'merge')
  checkPages(site.out, site.pages)
  return usage
}

/** Runs two at a time, so that each has a core to itself and as much beside it as the others. */
async function twoAtATime(tasks) {
  const done = []
  for (let i = 0; i < tasks.length; i += 2)
    done.push(...(await Promise.all(tasks.slice(i, i + 2).map((task) => task()))))
  return done
}

const sum = (done, metric) => done.reduce((total, each) => total + each[metric], 0)

/** The whole process that renders everything, beside another one that does the same. */
const oneMachine = (name, site) => ({
  name,
  async run() {
    const sites = [{ ...site }, { ...site }]
    sites.forEach(moveSite)
    const done = await twoAtATime(sites.map((each) => () => command(each, 'render', '--force')))
    for (const { out, pages } of sites) checkPages(out, pages)
    return { wall: sum(done, 'wall') / 2, cpu: sum(done, 'cpu') / 2 }
  },
})

/** The whole processes of all shards, added up. One shard runs beside the same shard of another site. */
const inShards = (name, site, of) => ({
  name,
  async run() {
    const sites = of === 1 ? [{ ...site }, { ...site }] : [{ ...site }]
    for (const each of sites) {
      moveSite(each)
      await plan(each)
    }
    const done = await twoAtATime(
      sites.flatMap((each) => Array.from({ length: of }, (_, i) => () => shard(each, i + 1, of))),
    )
    const merged = await merge(sites[0])
    return {
      wall: sum(done, 'wall') / sites.length,
      cpu: sum(done, 'cpu') / sites.length,
      merge: merged.wall,
    }
  },
})

/** The shards that a site of cheap pages is rendered in. */
const parts = 4

const planning = (site) => ({
  name: `plan ${named(site)}`,
  count: site.pages,
  before: () => moveSite(site),
  async run() {
    return { ...(await plan(site)), bytes: statSync(`${site.out}.plan.jsonl`).size }
  },
})

/** Each step alone, with its memory and the bytes that it leaves to the next. */
const steps = (site, { compared = true } = {}) => [
  ...(compared
    ? [
        {
          name: `render ${named(site)}`,
          count: site.pages,
          before: () => moveSite(site),
          run: () => command(site, 'render'),
        },
      ]
    : []),
  planning(site),
  {
    name: `one of ${parts} shards of ${named(site)}`,
    count: site.pages / parts,
    async run() {
      return { ...(await shard(site, 1, parts)), bytes: statSync(fileOf(site, 1, parts)).size }
    },
  },
  {
    name: `merge ${named(site)}`,
    count: site.pages,
    async before() {
      for (let i = 2; i <= parts; i++) await shard(site, i, parts)
    },
    async run() {
      const usage = await merge(site)
      // A few large files may go at once. The disk would not hold those of all rounds.
      for (let i = 1; i <= parts; i++) rmSync(fileOf(site, i, parts))
      return usage
    },
  },
]

const named = ({ pages }) => `${pages.toLocaleString('en')} pages`
