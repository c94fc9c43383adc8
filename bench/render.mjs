// Rendering 10,000 pages of 8 kB: vite-distill, its peers and the limit.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pageBytes } from './apps/page.mjs'
import { spin } from './apps/spin.mjs'
import { measure, run } from './measure.mjs'
import { app, bench, cli, newFolder, node, vite } from './paths.mjs'

const bin = (name) => join(bench, 'node_modules/.bin', name)

/** Runs a script on the Node of a site, which is that of the bench where the site has none. */
const runNode = (site, args, options) => run(site.node ?? node, args, options)

export async function render({ rounds, pages, wanted }) {
  const many = { pages }
  const dear = { pages: Math.ceil(pages / 5), kind: 'cpu', turns: calibrate(2) }
  for (const site of [many, { ...many, kind: 'vue' }, { ...many, kind: 'react' }, dear]) await build(site)

  const entries = [
    ...tools(many),
    again('distil stage, unchanged', many),
    again('distil stage, 20 pages changed', many, { edit: true }),
    wholeBuild('vite build, unchanged', many, { fresh: false }),
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
  return {
    pages,
    dearPages: dear.pages,
    node: process.version,
    entries: await measure(entries.filter(wanted), rounds),
  }
}

/** The limit, the peers that run on Node 20 too, and this project: all on the Node of the site. */
export const tools = (site) => [
  limit('limit', site),
  hono('Hono toSSG (its default, 2)', site),
  hono('Hono toSSG, concurrency 32', site, 32),
  nitro('Nitro, concurrency 1', site, 1),
  nitro('Nitro, concurrency 16', site, 16),
  distilStage('distil stage', site),
  wholeBuild('vite build', site, { fresh: true }),
]

/** How many turns of the loop take this many milliseconds on an idle machine. */
export function calibrate(ms) {
  const turns = 2_000_000
  const times = Array.from({ length: 30 }, () => {
    const began = performance.now()
    spin(turns)
    return performance.now() - began
  })
  return Math.round((turns * ms) / Math.min(...times))
}

let edition = 0

export const envOf = ({ pages, kind = 'h3', turns, workers, publicDir, html, links, out }) => ({
  BENCH_PAGES: String(pages),
  BENCH_KIND: kind,
  BENCH_EDITION: String(edition),
  ...(turns && { BENCH_TURNS: String(turns) }),
  ...(out && { BENCH_OUT: out }),
  ...(workers && { BENCH_WORKERS: String(workers) }),
  ...(publicDir && { BENCH_PUBLIC: publicDir }),
  ...(html && { BENCH_HTML: '1' }),
  ...(links === false && { BENCH_LINKS: '0' }),
})

const dist = ({ kind = 'h3' }) => join(app, 'dist', kind)
const bundle = (site) => join(dist(site), 'server', `${site.kind ?? 'h3'}.js`)

/** Bundles the app, and distils one page, which is not measured. */
export function build(site) {
  return runNode(site, [vite, 'build'], { cwd: app, env: { ...envOf(site), BENCH_PAGES: '1' } })
}

/** Distils into the folder of the last site. */
export async function distilOnce(site, env = {}, expected = site.pages, flags = []) {
  const { wall, stdout } = await runNode(site, [cli, 'render', '--json', '--quiet', ...flags], {
    cwd: app,
    env: { ...envOf(site), ...env },
  })
  const { ms, renderMs, rendered } = JSON.parse(stdout)
  if (rendered !== expected) throw new Error(`${rendered} pages were rendered, and not ${expected}`)
  return { stage: ms / 1000, render: renderMs / 1000, wall }
}

/** Into a folder that has only the build record. */
export function moveSite(site) {
  const folder = newFolder()
  mkdirSync(folder)
  site.out = join(folder, 'static')
  const [client, server] = [join(dist(site), 'client'), bundle(site)].map((path) => relative(folder, path))
  writeFileSync(`${site.out}.build.json`, JSON.stringify({ client, server }))
}

export const distilStage = (name, site) => ({
  name,
  before: () => moveSite(site),
  run: () => distilOnce(site),
})

/** Over the site that exists. */
const again = (name, site, { edit = false } = {}) => ({
  name,
  before: () => {
    if (edit) edition++
  },
  run: () => distilOnce(site),
})

const wholeBuild = (name, site, { fresh }) => ({
  name,
  before: () => {
    if (fresh) moveSite(site)
  },
  async run() {
    const args = [vite, 'build', '--logLevel', 'error']
    const { wall } = await runNode(site, args, { cwd: app, env: envOf(site) })
    checkPages(site.out, site.pages)
    return { wall }
  },
})

const bareLoop = (site, folder = []) =>
  runNode(site, [join(bench, 'limit.mjs'), bundle(site), ...folder], {
    env: { ...envOf(site), NODE_ENV: 'production' },
  }).then(({ wall, stdout }) => ({ stage: JSON.parse(stdout).ms / 1000, wall }))

const handler = (name, site) => ({ name, run: () => bareLoop(site) })

const limit = (name, site) => ({ name, run: () => bareLoop(site, [newFolder()]) })

const hono = (name, site, concurrency) => ({
  name,
  async run() {
    const out = newFolder()
    const args = [join(bench, 'apps/hono/main.mjs'), out, ...(concurrency ? [String(concurrency)] : [])]
    const env = { BENCH_PAGES: String(site.pages), NODE_ENV: 'production' }
    const { wall, stdout } = await runNode(site, args, { env })
    checkPages(out, site.pages)
    return { stage: JSON.parse(stdout).ms / 1000, wall }
  },
})

const nitro = (name, site, concurrency) =>
  whole(name, 'nitro/public', site, ['nitro', 'build'], { BENCH_CONCURRENCY: String(concurrency) })

/** A tool that bundles and renders in one step. `where` has its app, and the folder of the pages in its output. */
export function whole(name, where, site, [command, ...args], more = {}) {
  const [folder, inside = ''] = where.split('/')
  return {
    name,
    async run() {
      const out = newFolder()
      const env = { BENCH_PAGES: String(site.pages), BENCH_OUT: out, ASTRO_TELEMETRY_DISABLED: '1', ...more }
      const cwd = join(bench, 'apps', folder)
      const { wall, stdout } = await runNode(site, [bin(command), ...args], { cwd, env })
      checkPages(join(out, inside), site.pages)
      const stage = /Prerendered \d+ routes in ([\d.]+) seconds/.exec(stdout)
      return { ...(stage && { stage: Number(stage[1]) }), wall }
    },
  }
}

/** Fails if a tool wrote too few pages, or not those it was asked for: it would seem fast. */
export function checkPages(folder, pages) {
  const posts = join(folder, 'posts')
  const written = readdirSync(posts).length
  if (written !== pages) throw new Error(`${posts} has ${written} pages, and not ${pages}`)
  for (const id of [0, Math.floor(pages / 2), pages - 1]) {
    const html = readFileSync(join(posts, String(id), 'index.html'), 'utf8')
    if (html.length < pageBytes || !html.includes(`<h1>Post ${id}</h1>`))
      throw new Error(`page ${id} in ${posts} is not the one that was asked for: ${html.slice(0, 200)}`)
  }
}
