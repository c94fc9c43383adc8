// The storage to publish to: the one that the environment names, or a radosgw that this starts.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { repository } from './paths.mjs'

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
const script = join(repository, '../shared/servers/radosgw.sh')
const { S3Client, CreateBucketCommand, PutBucketAclCommand } = createRequire(
  join(repository, 'package.json'),
)('@aws-sdk/client-s3')

/** Resolves to `{ endpoint, accessKeyId, secretAccessKey, stop }`. */
export async function startS3() {
  const { VITE_DISTILL_S3_ENDPOINT: endpoint, ...env } = process.env
  if (endpoint) {
    const { VITE_DISTILL_S3_ACCESS_KEY: accessKeyId, VITE_DISTILL_S3_SECRET_KEY: secretAccessKey } = env
    return { endpoint, accessKeyId, secretAccessKey, async stop() {} }
  }
  if (!existsSync(script)) {
    throw new Error(
      'no storage: name one by VITE_DISTILL_S3_ENDPOINT, VITE_DISTILL_S3_ACCESS_KEY and VITE_DISTILL_S3_SECRET_KEY',
    )
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await startRadosgw()
    } catch (error) {
      if (attempt === 3) throw error
    }
  }
}

/** Its parts pick ports at random, and end where one is in use or where the disk is nearly full. */
async function startRadosgw() {
  const port = 29_000 + Math.floor(Math.random() * 3000)
  const server = spawn('bash', [script, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const end = once(server, 'exit')
  const kill = () => server.kill()
  process.on('exit', kill)
  async function stop() {
    kill()
    await end
    process.off('exit', kill)
  }
  await new Promise((resolve, reject) => {
    server.stdout.on('data', (data) => String(data).includes('UP') && resolve())
    server.on('exit', () =>
      reject(new Error('radosgw did not start: apt-get install radosgw ceph-mon ceph-osd')),
    )
  })
  const keys = { accessKeyId: 'TESTAK', secretAccessKey: 'TESTSK' }
  return { endpoint: `http://127.0.0.1:${port}`, ...keys, stop }
}

/** Makes a public bucket: anyone may read and write. */
export async function createBucket({ endpoint, accessKeyId, secretAccessKey }, Bucket) {
  const credentials = { accessKeyId, secretAccessKey }
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
  await client.send(new CreateBucketCommand({ Bucket }))
  await client.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read-write' }))
  client.destroy()
}
