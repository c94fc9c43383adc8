// The storage to publish to: the one that the environment names, or a radosgw that this starts.
import { spawn } from 'node:child_process'
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
    return { endpoint, accessKeyId, secretAccessKey, stop() {} }
  }
  if (!existsSync(script)) {
    throw new Error(
      'no storage: name one by VITE_DISTILL_S3_ENDPOINT, VITE_DISTILL_S3_ACCESS_KEY and VITE_DISTILL_S3_SECRET_KEY',
    )
  }
  const port = 20_000 + Math.floor(Math.random() * 9000)
  const server = spawn('bash', [script, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
  process.on('exit', () => server.kill())
  await new Promise((resolve, reject) => {
    server.stdout.on('data', (data) => String(data).includes('UP') && resolve())
    server.on('exit', () =>
      reject(new Error('radosgw did not start: apt-get install radosgw ceph-mon ceph-osd')),
    )
  })
  const keys = { accessKeyId: 'TESTAK', secretAccessKey: 'TESTSK' }
  return { endpoint: `http://127.0.0.1:${port}`, ...keys, stop: () => server.kill() }
}

/** Makes a public bucket: anyone may read and write. */
export async function createBucket({ endpoint, accessKeyId, secretAccessKey }, Bucket) {
  const credentials = { accessKeyId, secretAccessKey }
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
  await client.send(new CreateBucketCommand({ Bucket }))
  await client.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read-write' }))
  client.destroy()
}
