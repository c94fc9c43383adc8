// Publishing 2,000 files to radosgw: vite-distill, its peers and the limit.
import { join } from 'node:path'
import { countRequests } from './count-proxy.mjs'
import { measure, run } from './measure.mjs'
import { app, bench, node } from './paths.mjs'
import { createBucket, startS3 } from './s3.mjs'
import { buildSite, change, site } from './site.mjs'
import { aws, hugo, installed, ours, rclone, s3cmd, versions } from './tools.mjs'

const phases = ['first', 'unchanged', '20 changed', 'all touched']

export async function publish({ rounds, slowRounds, files, wanted }) {
  const s3 = await startS3()
  try {
    await buildSite(files)
    const tools = [
      ours('vite-distill', ['--skip-verify']),
      ours('vite-distill, verified', []),
      ...installed([hugo(), rclone(), aws(), s3cmd()]),
    ]
    // One bucket for each publish to an empty bucket.
    let buckets = 0
    const newBucket = async (storage = s3) => {
      const bucket = `bench-${process.pid}-${buckets++}`
      await createBucket(storage, bucket)
      return { ...storage, bucket }
    }
    const entries = [limit(newBucket), ...tools.map((tool) => inPhases(tool, files, newBucket, slowRounds))]
    const measured = await measure(entries.filter(wanted), rounds)
    const requests = await countAll(tools.filter(wanted), files, s3, newBucket)
    const steps = startupSteps(ours('', ['--skip-verify']), await newBucket())
    const startup = await measure(steps.filter(wanted), rounds)
    const programs = versions('hugo', 'rclone', 'aws', 's3cmd', 'radosgw')
    return { files: files + 1, tools: programs, entries: [...measured, ...startup], requests }
  } finally {
    await s3.stop()
  }
}

/** The four publishes of one tool, to its own bucket. */
function inPhases(tool, files, newBucket, slowRounds) {
  return {
    name: tool.name,
    rounds: tool.slow && slowRounds,
    async run() {
      const target = await newBucket()
      const seconds = {}
      for (const phase of phases) {
        await change(phase, tool.folder, files)
        seconds[phase] = (await tool.publish(target)).wall
      }
      return seconds
    },
  }
}

function limit(newBucket) {
  return {
    name: 'limit (unsigned PUTs)',
    async run() {
      const { endpoint, bucket } = await newBucket()
      const { wall } = await run(node, [join(bench, 'put-limit.mjs'), site, `${endpoint}/${bucket}`])
      return { first: wall }
    },
  }
}

/** The requests of each tool in each phase, by kind. A separate round, because the proxy takes time. */
async function countAll(tools, files, s3, newBucket) {
  const proxy = await countRequests(s3.endpoint)
  const requests = {}
  try {
    for (const tool of tools) {
      const target = { ...(await newBucket()), endpoint: proxy.url }
      requests[tool.name] = {}
      for (const phase of phases) {
        await change(phase, tool.folder, files)
        proxy.take()
        await tool.publish(target)
        requests[tool.name][phase] = proxy.take()
      }
    }
  } finally {
    proxy.close()
  }
  return requests
}

/** The steps of an unchanged publish before and beside its requests: each entry does one step more than the one before. */
function startupSteps(tool, target) {
  const names = ['node', 'our modules', 'Vite', 'its config', 'the SDK']
  const before = () => tool.publish(target)
  return [
    ...names.map((name, steps) => ({
      name: `start-up: ${name}`,
      async run() {
        const env = { BENCH_KIND: 'files' }
        const { wall } = await run(node, [join(bench, 'startup.mjs'), String(steps)], { cwd: app, env })
        return { wall }
      },
    })),
    {
      name: 'start-up: the whole publish',
      before,
      run: async () => ({ wall: (await tool.publish(target)).wall }),
    },
  ]
}
