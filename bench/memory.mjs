// Memory: the peak of a process, and how it grows.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { measure, run } from './measure.mjs'
import { app, bench, newFolder, node, vite, work } from './paths.mjs'
import { build, distilOnce, distilStage } from './render.mjs'
import { createBucket, startS3 } from './s3.mjs'
import { publishCommand, targetOf } from './tools.mjs'

/** Makes a process write its peak memory and its processor time to a file. Processes at the same time need two. */
export const usageEnv = (file) => ({
  NODE_OPTIONS: `--import=${pathToFileURL(join(bench, 'usage.mjs')).href}`,
  BENCH_USAGE: file,
})
/** Reads what a process wrote: `{ rss, cpu }`, in megabytes and seconds. */
export const readUsage = (file) => JSON.parse(readFileSync(file, 'utf8'))

const usageFile = join(work, 'usage.json')
export const rssEnv = usageEnv(usageFile)
export const takeRss = () => readUsage(usageFile).rss

export async function memory({ rounds, pages, keys, wanted }) {
  const sites = [pages, pages * 10].map((pages) => ({ pages }))
  await build({ pages: 1 })
  await build({ pages: 1, kind: 'stream' })
  await preparePlan(keys)
  const first = firstPublish('first publish of 100,000 files', ['--skip-verify'])
  const verified = firstPublish('first publish of 100,000 files, verified', [])
  const entries = [
    ...sites.map((site) => rendering(`render ${site.pages.toLocaleString('en')} pages`, site)),
    rendering('render one page', { pages: 1 }),
    rendering('render one body of 200 MB, streamed', { pages: 1, kind: 'stream' }),
    planning(keys),
    first,
    verified,
  ]
  const s3 = [first, verified].some(wanted) ? await startPublishing() : undefined
  try {
    return { rounds: fewer(rounds), entries: await measure(entries.filter(wanted), fewer(rounds)) }
  } finally {
    s3?.stop()
  }
}

/** Few rounds are enough: the peak differs little from run to run. */
export const fewer = (rounds) => Math.min(rounds, 3)

/** A distil stage, with its seconds and megabytes. */
export const rendering = (name, site) => ({
  ...distilStage(name, site),
  async run() {
    const { stage } = await distilOnce(site, rssEnv)
    return { stage, rss: takeRss() }
  },
})

const siteToPublish = join(newFolder(), 'static')
let storage

/** Builds the site to publish, and starts the storage in a process of its own. */
async function startPublishing() {
  const env = { BENCH_KIND: 'files', BENCH_FILES: '99999', BENCH_OUT: siteToPublish }
  await run(node, [vite, 'build'], { cwd: app, env })
  storage = await startS3()
  return storage
}

/** A publish to an empty bucket. One round: it takes minutes, and the peak differs little from run to run. */
const firstPublish = (name, flags) => ({
  name,
  rounds: 1,
  async run() {
    const bucket = `memory-${process.pid}-${flags.length}`
    await createBucket(storage, bucket)
    const [command, args, { cwd, env }] = publishCommand(targetOf({ ...storage, bucket }), flags)
    const { wall } = await run(command, args, { cwd, env: { ...env, ...rssEnv, BENCH_OUT: siteToPublish } })
    return { stage: wall, ...readUsage(usageFile) }
  },
})

const planFolder = newFolder()
const plan = (keys, env) => run(node, [join(bench, 'plan.mjs'), String(keys), planFolder], { cwd: app, env })

const prepared = new Set()

export async function preparePlan(keys) {
  if (prepared.has(keys)) return
  prepared.add(keys)
  const { stdout } = await plan(keys)
  if (stdout) throw new Error('it was planned and not prepared')
}

export const planning = (keys) => ({
  name: `plan ${keys.toLocaleString('en')} keys`,
  async run() {
    const { stdout } = await plan(keys, rssEnv)
    return { stage: JSON.parse(stdout).ms / 1000, rss: takeRss() }
  },
})
