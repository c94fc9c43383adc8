// Google Cloud Storage and Azure Blob Storage: the requests and the processor time of a publish, beside rclone's.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { generateKeyPairSync } from 'node:crypto'
import { runnerImport } from 'vite'
import { measure, run } from './measure.mjs'
import { repository } from './paths.mjs'
import { buildSite, site } from './site.mjs'
import { installed, pathOf, publishCommand, rcloneSync, versions } from './tools.mjs'

const phases = ['first', 'unchanged']

export async function clouds({ rounds, files, wanted }) {
  await buildSite(files)
  const requests = {}
  const entries = [startGcs, startAzure].flatMap((start) =>
    installed([
      {
        name: `${start.cloud}, vite-distill`,
        command: ({ target }) => publishCommand(target, ['--skip-verify']),
      },
      { name: `${start.cloud}, rclone`, program: 'rclone', command: ({ rclone }) => rcloneCommand(rclone) },
    ]).map(({ name, command }) => ({ name, run: () => publishTwice(start, name, command, requests) })),
  )
  const measured = await measure(entries.filter(wanted), rounds)
  return { files: files + 1, tools: versions('rclone'), entries: measured, requests }
}

/** A first and an unchanged publish to a storage of their own: the processor time of each, in seconds. */
async function publishTwice(start, name, command, requests) {
  const cloud = await start()
  try {
    const seconds = {}
    requests[name] = {}
    for (const phase of phases) {
      const before = cloud.server.requests.length
      seconds[phase] = await processorTime(...command(cloud))
      const kinds = cloud.server.requests.slice(before).map(({ operation }) => operation)
      requests[name][phase] = Object.fromEntries(
        [...new Set(kinds)].map((kind) => [kind, kinds.filter((each) => each === kind).length]),
      )
    }
    return seconds
  } finally {
    await cloud.stop()
  }
}

async function processorTime(command, args, options) {
  const script = 'TIMEFORMAT="%U %S"; { time "$@" > /dev/null; } 2>&1'
  const { stdout } = await run('bash', ['-c', script, 'bash', command, ...args], options)
  const [user, system] = stdout.trim().split('\n').at(-1).split(' ').map(Number)
  return user + system
}

const rcloneCommand = (to) => [
  pathOf('rclone'),
  [...rcloneSync(site, to), '--transfers', '32', '--checkers', '32'],
]

/** Test servers are in TypeScript. */
const server = async (name) => (await runnerImport(join(repository, 'test/servers', name))).module

startGcs.cloud = 'GCS'
async function startGcs() {
  const bucket = 'www'
  const { startGcs } = await server('gcs.ts')
  const storage = await startGcs({ publicBuckets: [bucket] })
  const { url } = storage
  // In a universe of its own, a service account signs its tokens itself.
  const credentials = {
    type: 'service_account',
    client_email: 'publisher@bench.iam.gserviceaccount.com',
    private_key: generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }).privateKey,
    private_key_id: 'key-1',
    universe_domain: 'bench.invalid',
  }
  const token = JSON.stringify({
    access_token: 'token',
    token_type: 'Bearer',
    expiry: '2099-01-01T00:00:00Z',
  })
  const address = ['--gcs-endpoint', `${url}/storage/v1/`, '--gcs-token', token]
  return {
    server: storage,
    target: { backend: 'gcs', bucket, apiEndpoint: url, credentials, publicUrl: `${url}/${bucket}/` },
    rclone: [`:gcs:${bucket}`, ...address, '--gcs-no-check-bucket', '--gcs-bucket-policy-only'],
    stop: () => storage.stop(),
  }
}

startAzure.cloud = 'Azure'
async function startAzure() {
  const container = 'www'
  const { startAzurite, startAzureProxy } = await server('azurite.ts')
  const azurite = await startAzurite()
  const proxy = await startAzureProxy(azurite)
  const { url, account, key, connectionString } = proxy.account
  const sdk = createRequire(join(repository, 'package.json'))('@azure/storage-blob')
  await new sdk.ContainerClient(connectionString, container).create({ access: 'blob' })
  // rclone 1.60 takes an address of its own only with a signature.
  const signature = sdk.generateAccountSASQueryParameters(
    {
      expiresOn: new Date(Date.now() + 86_400_000),
      permissions: sdk.AccountSASPermissions.parse('rwdlacup'),
      services: 'b',
      resourceTypes: 'sco',
      protocol: sdk.SASProtocol.HttpsAndHttp,
    },
    new sdk.StorageSharedKeyCredential(account, key),
  )
  return {
    server: proxy,
    target: { backend: 'azure', connectionString, container, publicUrl: `${url}/${container}/` },
    rclone: [`:azureblob:${container}`, '--azureblob-sas-url', `${url}?${signature}`],
    async stop() {
      await proxy.stop()
      await azurite.stop()
    },
  }
}
