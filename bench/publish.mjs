// Publishing 2,000 files to radosgw: vite-distill, its peers and the limit.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { countRequests } from './count-proxy.mjs'
import { measure, run } from './measure.mjs'
import { app, bench, cli, newFolder, node, vite } from './paths.mjs'
import { createBucket, startS3 } from './s3.mjs'

const dist = join(app, 'dist/files')
const site = join(dist, 'static')
const folder = newFolder()
const phases = ['first', 'unchanged', '20 changed', 'all touched']

export async function publish({ rounds, slowRounds, files, wanted }) {
  const s3 = await startS3()
  try {
    await buildSite(files, 0)
    const tools = [
      ours('vite-distill', ['--skip-verify']),
      ours('vite-distill, verified', []),
      ...peers().map((tool) => (tool.slow ? { ...tool, rounds: slowRounds } : tool)),
    ]
    // One bucket for each publish to an empty bucket.
    let buckets = 0
    const newBucket = async (storage = s3) => {
      const bucket = `bench-${process.pid}-${buckets++}`
      await createBucket(storage, bucket)
      return { ...storage, bucket }
    }
    const entries = [limit(newBucket), ...tools.map((tool) => inPhases(tool, files, newBucket))]
    const measured = await measure(entries.filter(wanted), rounds)
    const requests = await countAll(tools.filter(wanted), files, s3, newBucket)
    const steps = startupSteps(ours('', ['--skip-verify']), await newBucket())
    const startup = await measure(steps.filter(wanted), rounds)
    return { files: files + 1, tools: versions(), entries: [...measured, ...startup], requests }
  } finally {
    s3.stop()
  }
}

/** The site, built by vite-distill; the peers get copies of its files. */
async function buildSite(files, edition) {
  const env = { BENCH_KIND: 'files', BENCH_FILES: String(files), BENCH_EDITION: String(edition) }
  if (edition > 0) await run(node, [cli, 'render', '--quiet'], { cwd: app, env })
  else {
    rmSync(dist, { recursive: true, force: true })
    await run(node, [vite, 'build'], { cwd: app, env })
  }
}

let edition = 0

/** The four publishes of one tool, to its own bucket. */
function inPhases(tool, files, newBucket) {
  return {
    name: tool.name,
    rounds: tool.rounds,
    async run() {
      const target = await newBucket()
      const seconds = {}
      for (const phase of phases) {
        await change(phase, tool, files)
        seconds[phase] = (await tool.publish(target)).wall
      }
      return seconds
    },
  }
}

async function change(phase, tool, files) {
  const own = tool.name.startsWith('vite-distill') ? site : join(folder, tool.name, 'public')
  if (phase === 'first' && own !== site) {
    rmSync(own, { recursive: true, force: true })
    cpSync(site, own, { recursive: true, preserveTimestamps: true })
  }
  // Storages round dates to the second, and some tools compare dates.
  if (phase !== 'first') await new Promise((resolve) => setTimeout(resolve, 1100))
  if (phase === '20 changed') {
    await buildSite(files, ++edition)
    if (own !== site) copyChanged(own)
  }
  if (phase === 'all touched') {
    const now = new Date()
    for (const file of filesIn(own)) utimesSync(file, now, now)
  }
}

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

/** The files that are newer than the last copy. */
function copyChanged(to) {
  execFileSync('cp', ['--recursive', '--update', '--no-target-directory', site, to])
}

function ours(name, flags) {
  const publish = ({ endpoint, bucket, accessKeyId, secretAccessKey }) =>
    run(node, [cli, 'publish', '--yes', '--quiet', ...flags], {
      cwd: app,
      env: {
        BENCH_KIND: 'files',
        BENCH_S3: endpoint,
        BENCH_BUCKET: bucket,
        BENCH_ACCESS_KEY: accessKeyId,
        BENCH_SECRET_KEY: secretAccessKey,
      },
    })
  return { name, publish }
}

function peers() {
  const all = [
    { name: 'hugo', publish: hugo },
    { name: 'rclone', publish: rclone },
    { name: 'aws', package: 'awscli', publish: aws, slow: true },
    { name: 's3cmd', publish: s3cmd, slow: true },
  ]
  return all.filter(({ name, package: from = name }) => {
    const found = pathOf(name) !== undefined
    if (!found) console.error(`  ${name} is missing and left out: apt-get install ${from}`)
    return found
  })
}

/** Debian's program, even if PATH has another one first. */
const pathOf = (name) =>
  ['/usr/bin', ...process.env.PATH.split(':')].map((dir) => join(dir, name)).find((path) => existsSync(path))

function versions() {
  const asked = {
    hugo: ['version'],
    rclone: ['version'],
    aws: ['--version'],
    s3cmd: ['--version'],
    radosgw: ['--version'],
  }
  const found = Object.entries(asked).filter(([name]) => pathOf(name))
  return Object.fromEntries(
    found.map(([name, args]) => {
      const text = execFileSync(pathOf(name), args, { encoding: 'utf8' })
      return [name, /\d+\.\d+[.\d]*/.exec(text)[0]]
    }),
  )
}

const signing = ({ accessKeyId, secretAccessKey }) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
})

function hugo(target) {
  const cwd = join(folder, 'hugo')
  const { host } = new URL(target.endpoint)
  const query = `endpoint=${host}&s3ForcePathStyle=true&disableSSL=true&region=us-east-1`
  mkdirSync(cwd, { recursive: true })
  writeFileSync(
    join(cwd, 'config.toml'),
    `baseURL = "http://localhost/"\n[deployment]\n[[deployment.targets]]\nname = "t"\nURL = "s3://${target.bucket}?${query}"\n`,
  )
  return run(pathOf('hugo'), ['deploy', '--target', 't', '--maxDeletes', '-1'], { cwd, env: signing(target) })
}

function rclone({ endpoint, bucket, accessKeyId, secretAccessKey }) {
  const to = [`:s3:${bucket}`, '--s3-provider', 'Ceph', '--s3-endpoint', endpoint, '--s3-region', 'us-east-1']
  const keys = ['--s3-access-key-id', accessKeyId, '--s3-secret-access-key', secretAccessKey]
  const how = ['--checksum', '--fast-list', '--transfers', '16', '--checkers', '16']
  const alone = ['--s3-force-path-style', '--s3-no-check-bucket', '--config', '/dev/null']
  return run(pathOf('rclone'), ['sync', join(folder, 'rclone/public'), ...to, ...keys, ...how, ...alone])
}

function aws(target) {
  const to = `s3://${target.bucket}`
  const args = ['--endpoint-url', target.endpoint, 's3', 'sync', join(folder, 'aws/public'), to, '--delete']
  return run(pathOf('aws'), [...args, '--only-show-errors'], { env: signing(target) })
}

function s3cmd({ endpoint, bucket, accessKeyId, secretAccessKey }) {
  const { host } = new URL(endpoint)
  const keys = [`--access_key=${accessKeyId}`, `--secret_key=${secretAccessKey}`, '--region=us-east-1']
  const at = [`--host=${host}`, `--host-bucket=${host}`, '--no-ssl', '--no-progress', '-q']
  const what = ['sync', '--delete-removed', `${join(folder, 's3cmd/public')}/`, `s3://${bucket}/`]
  return run(pathOf('s3cmd'), [...keys, ...at, ...what])
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
        await change(phase, tool, files)
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
