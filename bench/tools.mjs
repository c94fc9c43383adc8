// The tools that publish to S3. Each is `{ name, program, folder, publish(target, from?) }`: `publish` sends `from`,
// by default the tool's own folder, to a target of `{ endpoint, bucket, accessKeyId, secretAccessKey }`.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './measure.mjs'
import { app, cli, newFolder, node } from './paths.mjs'
import { site } from './site.mjs'

export function ours(name, flags) {
  const publish = (storage) => run(...publishCommand(targetOf(storage), flags))
  return { name, folder: site, publish }
}

/** A bucket as a target of vite-distill. */
export const targetOf = ({ endpoint, bucket, accessKeyId, secretAccessKey }) => ({
  backend: 's3',
  endpoint,
  bucket,
  accessKeyId,
  secretAccessKey,
  acl: 'public-read',
  publicUrl: `${endpoint}/${bucket}/`,
})

/** The arguments of `run` that publish the site to a target as vite-distill has it in its options. */
export const publishCommand = (target, flags) => [
  node,
  [cli, 'publish', '--yes', '--quiet', ...flags],
  { cwd: app, env: { BENCH_KIND: 'files', BENCH_TARGET: JSON.stringify(target) } },
]

export function hugo(name = 'hugo', flags = []) {
  const cwd = newFolder()
  const folder = join(cwd, 'public')
  const publish = (target, from = folder) => {
    const { host } = new URL(target.endpoint)
    const query = `endpoint=${host}&s3ForcePathStyle=true&disableSSL=true&region=us-east-1`
    const config = `baseURL = "http://localhost/"\npublishDir = "${from}"\n[deployment]\n[[deployment.targets]]\nname = "t"\nURL = "s3://${target.bucket}?${query}"\n`
    mkdirSync(cwd, { recursive: true })
    writeFileSync(join(cwd, 'config.toml'), config)
    const args = ['deploy', '--target', 't', '--maxDeletes', '-1', ...flags]
    return run(pathOf('hugo'), args, { cwd, env: signing(target) })
  }
  return { name, program: 'hugo', folder, publish }
}

export function rclone(name = 'rclone', flags = ['--transfers', '16', '--checkers', '16']) {
  const folder = newFolder()
  const publish = ({ endpoint, bucket, accessKeyId, secretAccessKey }, from = folder) => {
    const to = [`:s3:${bucket}`, '--s3-provider', 'Ceph', '--s3-endpoint', endpoint]
    const keys = ['--s3-access-key-id', accessKeyId, '--s3-secret-access-key', secretAccessKey]
    const alone = ['--s3-region', 'us-east-1', '--s3-force-path-style', '--s3-no-check-bucket']
    return run(pathOf('rclone'), [...rcloneSync(from, to), ...keys, ...alone, ...flags])
  }
  return { name, program: 'rclone', folder, publish }
}

/** What all of rclone's storages have in common. */
export const rcloneSync = (from, to) => [
  'sync',
  from,
  ...to,
  '--checksum',
  '--fast-list',
  '--config',
  '/dev/null',
]

export function aws(name = 'aws') {
  const folder = newFolder()
  const publish = (target, from = folder) => {
    const args = ['--endpoint-url', target.endpoint, 's3', 'sync', from, `s3://${target.bucket}`, '--delete']
    return run(pathOf('aws'), [...args, '--only-show-errors'], { env: signing(target) })
  }
  return { name, program: 'aws', slow: true, folder, publish }
}

export function s3cmd(name = 's3cmd') {
  const folder = newFolder()
  const publish = ({ endpoint, bucket, accessKeyId, secretAccessKey }, from = folder) => {
    const { host } = new URL(endpoint)
    const keys = [`--access_key=${accessKeyId}`, `--secret_key=${secretAccessKey}`, '--region=us-east-1']
    const at = [`--host=${host}`, `--host-bucket=${host}`, '--no-ssl', '--no-progress', '-q']
    const what = ['sync', '--delete-removed', `${from}/`, `s3://${bucket}/`]
    return run(pathOf('s3cmd'), [...keys, ...at, ...what])
  }
  return { name, program: 's3cmd', slow: true, folder, publish }
}

const packages = { aws: 'awscli' }
const missing = new Set()

/** The tools whose programs are there. */
export const installed = (tools) =>
  tools.filter(({ program }) => {
    if (!program || pathOf(program)) return true
    if (!missing.has(program))
      console.error(`  ${program} is missing and left out: apt-get install ${packages[program] ?? program}`)
    missing.add(program)
    return false
  })

/** Debian's program, even if PATH has another one first. */
export const pathOf = (name) =>
  ['/usr/bin', ...process.env.PATH.split(':')].map((dir) => join(dir, name)).find((path) => existsSync(path))

/** The versions of programs, by name. */
export const versions = (...names) =>
  Object.fromEntries(
    names.filter(pathOf).map((name) => {
      const args = ['hugo', 'rclone'].includes(name) ? ['version'] : ['--version']
      const text = execFileSync(pathOf(name), args, { encoding: 'utf8' })
      return [name, /\d+\.\d+[.\d]*/.exec(text)[0]]
    }),
  )

const signing = ({ accessKeyId, secretAccessKey }) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
})
