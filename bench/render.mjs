// Rendering: this project, its peers and the limit on 10,000 pages of 8 kB.
import { join } from 'node:path'
import { spin } from './apps/spin.mjs'
import { measure, run } from './measure.mjs'
import { app, bench, cli, node, throwAway, vite, work } from './paths.mjs'

const bin = (name) => join(bench, 'node_modules/.bin', name)

export async function render({ rounds, pages, slowRounds }) {
  const many = { pages }
  const dear = { pages: Math.ceil(pages / 5), kind: 'cpu', turns: calibrate(2) }
  for (const site of [many, { ...many, kind: 'vue' }, { ...many, kind: 'react' }, dear]) await build(site)

  const entries = [
    limit('limit', many),
    distilStage('distil stage', many),
    again('distil stage, unchanged', many),
    again('distil stage, 20 pages changed', { ...many, edits: true }),
    wholeBuild('vite build', many),
    wholeBuild('vite build, unchanged', { ...many, keep: true }),
    hono('Hono toSSG (its default, 2)', pages),
    hono('Hono toSSG, concurrency 32', pages, 32),
    nitro('Nitro, concurrency 1', pages, 1),
    nitro('Nitro, concurrency 16', pages, 16),
    { ...whole('SvelteKit, adapter-static', 'sveltekit', pages, ['vite', 'build']), rounds: slowRounds },
    { ...whole('Astro', 'astro', pages, ['astro', 'build', '--silent']), rounds: slowRounds },
    distilStage('cheap pages, workers: 1', { ...many, workers: 1 }),
    distilStage("cheap pages, workers: 'auto'", { ...many, workers: 'auto' }),
    distilStage('2 ms pages, workers: 1', { ...dear, workers: 1 }),
    distilStage("2 ms pages, workers: 'auto'", { ...dear, workers: 'auto' }),
    ...['vue', 'react'].flatMap((kind) => [
      handler(`${kind}: handler alone`, { ...many, kind }),
      limit(`${kind}: limit`, { ...many, kind }),
      distilStage(`${kind}: distil stage`, { ...many, kind }),
    ]),
  ]
  return { pages, dearPages: dear.pages, entries: await measure(entries, Math.max(rounds, 1)) }
}

/** How often the loop has to turn to take so many milliseconds, where nothing else runs. */
function calibrate(ms) {
  const turns = 2_000_000
  const times = Array.from({ length: 30 }, () => {
    const began = performance.now()
    spin(turns)
    return performance.now() - began
  })
  return Math.round((turns * ms) / Math.min(...times))
}

let edition = 0

const envOf = ({ pages, kind = 'h3', turns, workers }) => ({
  BENCH_PAGES: String(pages),
  BENCH_KIND: kind,
  BENCH_EDITION: String(edition),
  ...(turns && { BENCH_TURNS: String(turns) }),
  ...(workers && { BENCH_WORKERS: String(workers) }),
})

const dist = ({ kind = 'h3' }) => join(app, 'dist', kind)

/** Bundles the app, and distils it too, which nobody looks at. */
export async function build(site) {
  throwAway(dist(site))
  await run(node, [vite, 'build'], { cwd: app, env: envOf(site) })
}

function discardSite(site) {
  throwAway(join(dist(site), 'static'), join(dist(site), 'static.manifest.jsonl'))
}

export async function distilOnce(site, env = {}) {
  const { wall, stdout } = await run(node, [cli, 'render', '--json', '--quiet'], {
    cwd: app,
    env: { ...envOf(site), ...env },
  })
  return { stage: JSON.parse(stdout).ms / 1000, wall }
}

export const distilStage = (name, site) => ({
  name,
  before: () => discardSite(site),
  run: () => distilOnce(site),
})

/** Over the site that is there. */
const again = (name, site) => ({
  name,
  before: () => {
    if (site.edits) edition++
  },
  run: () => distilOnce(site),
})

const wholeBuild = (name, site) => ({
  name,
  before: () => {
    if (!site.keep) throwAway(dist(site))
  },
  async run() {
    const { wall } = await run(node, [vite, 'build', '--logLevel', 'error'], { cwd: app, env: envOf(site) })
    return { wall }
  },
})

const bareLoop = (site, folder = []) =>
  run(node, [join(bench, 'limit.mjs'), join(dist(site), 'server', `${site.kind ?? 'h3'}.js`), ...folder], {
    env: { ...envOf(site), NODE_ENV: 'production' },
  }).then(({ wall, stdout }) => ({ stage: JSON.parse(stdout).ms / 1000, wall }))

const handler = (name, site) => ({ name, run: () => bareLoop(site) })

const limit = (name, site) => ({
  name,
  before: () => throwAway(join(work, 'limit')),
  run: () => bareLoop(site, [join(work, 'limit')]),
})

const hono = (name, pages, concurrency) => ({
  name,
  before: () => throwAway(join(work, 'hono')),
  async run() {
    const { wall, stdout } = await run(
      node,
      [join(bench, 'apps/hono/main.mjs'), join(work, 'hono'), ...(concurrency ? [String(concurrency)] : [])],
      { env: { BENCH_PAGES: String(pages), NODE_ENV: 'production' } },
    )
    return { stage: JSON.parse(stdout).ms / 1000, wall }
  },
})

const nitro = (name, pages, concurrency) => ({
  ...whole(name, 'nitro', pages, ['nitro', 'build'], {
    BENCH_CONCURRENCY: String(concurrency),
  }),
})

/** A tool that bundles and renders in one go. */
function whole(name, folder, pages, [command, ...args], env = {}) {
  const out = join(work, folder)
  return {
    name,
    before: () => throwAway(out),
    async run() {
      const { wall, stdout } = await run(bin(command), args, {
        cwd: join(bench, 'apps', folder),
        env: { BENCH_PAGES: String(pages), BENCH_OUT: out, ASTRO_TELEMETRY_DISABLED: '1', ...env },
      })
      const stage = /Prerendered \d+ routes in ([\d.]+) seconds/.exec(stdout)
      return { ...(stage && { stage: Number(stage[1]) }), wall }
    },
  }
}
