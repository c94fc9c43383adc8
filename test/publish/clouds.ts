import { ContainerClient } from '@azure/storage-blob'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { loadSdk } from '../../src/backends/s3/sdk.ts'
import type { Target } from '../../src/options.ts'
import { startAzureProxy, startAzurite } from '../servers/azurite.ts'
import { startGcs } from '../servers/gcs.ts'
import { startS3 } from '../servers/s3.ts'
import type { StorageServer } from '../servers/server.ts'

/** A storage to publish to, which many projects share. */
export interface Cloud {
  /** A target of its own: an empty bucket that anybody may read. */
  target(): Promise<Target>
  /** The options of a second place that nobody else may read. */
  statePlace(): Promise<object>
  /** The address that the objects of such a target are read from. */
  addressOf(target: Target): string
  /** The requests by publishes and readers, if they are recorded. */
  requests?: { operation: string; headers: Headers }[]
  /** The server, if it can make faults. */
  server?: Pick<StorageServer<unknown>, 'fault' | 'requests'>
  /** The unfinished uploads to a target, where the storage lists them. */
  unfinished?(target: Target): unknown[]
  stop(): Promise<void>
}

/** Every storage that the tests publish to. */
export const clouds: [name: string, start: () => Promise<Cloud>][] = [
  ['s3 on own server', ownS3],
  ['gcs on own server', ownGcs],
  ['azure on azurite', azure],
]
const { VITE_DISTILL_S3_ENDPOINT, VITE_DISTILL_S3_ACCESS_KEY, VITE_DISTILL_S3_SECRET_KEY } = process.env
if (VITE_DISTILL_S3_ENDPOINT) clouds.push([`s3 on ${VITE_DISTILL_S3_ENDPOINT}`, realS3])

async function ownS3(): Promise<Cloud> {
  const keys = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'very/secret+access/key' }
  const server = await startS3({ ...keys })
  return {
    ...(await s3At(server.url, keys)),
    requests: server.requests,
    server,
    unfinished: (target) => [...server.buckets.get((target as { bucket: string }).bucket)!.uploads.keys()],
    stop: () => server.stop(),
  }
}

async function realS3(): Promise<Cloud> {
  return s3At(VITE_DISTILL_S3_ENDPOINT!, {
    accessKeyId: String(VITE_DISTILL_S3_ACCESS_KEY),
    secretAccessKey: String(VITE_DISTILL_S3_SECRET_KEY),
  })
}

async function s3At(
  endpoint: string,
  credentials: { accessKeyId: string; secretAccessKey: string },
): Promise<Cloud> {
  const sdk = await loadSdk()
  const client = new sdk.S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { ...credentials },
  })
  return {
    async target() {
      const bucket = `test-${randomUUID()}`
      await client.send(new sdk.CreateBucketCommand({ Bucket: bucket }))
      const Resource = [`arn:aws:s3:::${bucket}/*`]
      const Statement = [{ Effect: 'Allow', Principal: '*', Action: ['s3:GetObject'], Resource }]
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
      await client.send(new sdk.PutBucketPolicyCommand({ Bucket: bucket, Policy }))
      return { backend: 's3', bucket, endpoint, ...credentials }
    },
    async statePlace() {
      const stateBucket = `state-${randomUUID()}`
      await client.send(new sdk.CreateBucketCommand({ Bucket: stateBucket }))
      return { stateBucket }
    },
    addressOf: (target) => `${endpoint}/${(target as { bucket: string }).bucket}/`,
    stop: async () => client.destroy(),
  }
}

async function ownGcs(): Promise<Cloud> {
  const email = 'publisher@test.iam.gserviceaccount.com'
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const named = (name: string) => Array.from({ length: 20 }, (_, i) => `${name}-${i}`)
  const [buckets, places] = [named('bucket'), named('state')]
  const server = await startGcs({
    publicBuckets: buckets,
    buckets: places,
    serviceAccounts: { [email]: publicKey },
  })
  return {
    target: async () => ({
      backend: 'gcs',
      bucket: buckets.pop()!,
      apiEndpoint: server.url,
      credentials: {
        type: 'service_account',
        client_email: email,
        private_key: privateKey,
        private_key_id: 'key-1',
        universe_domain: 'test.invalid',
      },
    }),
    statePlace: async () => ({ stateBucket: places.pop()! }),
    addressOf: (target) => `${server.url}/${(target as { bucket: string }).bucket}/`,
    requests: server.requests,
    server,
    unfinished: (target) => [...server.buckets.get((target as { bucket: string }).bucket)!.uploads.keys()],
    stop: () => server.stop(),
  }
}

async function azure(): Promise<Cloud> {
  const azurite = await startAzurite()
  const proxy = await startAzureProxy(azurite)
  return {
    async target() {
      const container = `test-${randomUUID()}`
      await new ContainerClient(azurite.connectionString, container).create({ access: 'blob' })
      return { backend: 'azure', connectionString: proxy.account.connectionString, container }
    },
    async statePlace() {
      const stateContainer = `state-${randomUUID()}`
      await new ContainerClient(azurite.connectionString, stateContainer).create()
      return { stateContainer }
    },
    addressOf: (target) => `${azurite.url}/${(target as { container: string }).container}/`,
    requests: proxy.requests,
    server: proxy,
    async stop() {
      await proxy.stop()
      await azurite.stop()
    },
  }
}
