import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Backend, BackendError } from '../../../src/backends/backend.ts'
import { s3Backend } from '../../../src/backends/s3.ts'
import type { S3Target } from '../../../src/options.ts'
import { startS3, type S3Server } from '../../servers/s3.ts'
import type { Fault } from '../../servers/server.ts'
import { sourceOf } from '../source.ts'
import { put } from '../storage.ts'

const secrets = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'secret+Of/The+Tests' }
const headers = { 'content-type': 'text/html', 'cache-control': 'max-age=60' }
const acl = { acl: 'public-read', metadata: { by: 'a test' }, tags: { 'a b': 'ü' } }

let server: S3Server

beforeAll(async () => {
  server = await startS3({ ...secrets, buckets: ['www'] })
})
beforeEach(() => {
  server.fault = server.alter = undefined
  server.requests.length = 0
  server.buckets.get('www')!.objects.clear()
})
afterAll(() => server.stop())

async function using(target: Partial<S3Target>, work: (backend: Backend) => Promise<void>) {
  const backend = await s3Backend(
    { backend: 's3', bucket: 'www', endpoint: server.url, ...secrets, ...target },
    1000,
  )
  try {
    await work(backend)
  } finally {
    backend.close?.()
  }
}

const sent = () => server.requests.map(({ headers }) => Object.fromEntries(headers))

test('a later put sends what the first one sends, for any key', async () => {
  await using(acl, async (backend) => {
    const keys = ['a.html', 'ü/b c(1)!.html', "%41/*'~+&=?#.html", 'deep/a//b.html']
    for (const key of keys) await backend.put(key, sourceOf(key), { headers, ifMatch: null })
    const [first, ...later] = sent()
    const own = ['authorization', 'content-length', 'content-md5', 'x-amz-content-sha256', 'x-amz-date']
    const shared = (all: Record<string, string>) =>
      Object.entries(all).filter(([name]) => !own.includes(name) && !name.startsWith('amz-sdk-'))
    for (const each of later) expect(shared(each)).toEqual(shared(first!))
    expect(first).toMatchObject({ 'x-amz-acl': 'public-read', 'if-none-match': '*' })
    // The server checks each signature and each digest.
    const { objects } = server.buckets.get('www')!
    expect([...objects].map(([key, { body }]) => [key, body.toString()])).toEqual(
      keys.map((key) => [key, key]),
    )
  })
})

test('a larger body is sent at once, as a small one is', async () => {
  await using({}, async (backend) => {
    for (const key of ['large', 'small', 'large again'])
      await put(backend, key, new Uint8Array(key === 'small' ? 1 : 3_000_000))
  })
  expect(sent().map(({ expect }) => expect)).toEqual([undefined, undefined, undefined])
})

test('each put has its own headers, redirect and condition', async () => {
  await using({}, async (backend) => {
    await backend.put('a.html', sourceOf('1'), { headers })
    const { etag } = await backend.put('a.html', sourceOf('2'), { headers })
    await backend.put('a.html', sourceOf('3'), { headers, ifMatch: etag })
    await backend.put('b.html', sourceOf('4'), { headers, redirect: '/a.html' })
    await backend.put('c.html', sourceOf('5'), { headers: { 'content-type': 'text/plain' } })
    await backend.put('d.html', sourceOf(''), { headers })
  })
  const names = ['if-match', 'if-none-match', 'x-amz-website-redirect-location', 'content-type']
  const said = sent().map((all) => names.map((name) => all[name]))
  expect(said).toEqual([
    [undefined, undefined, undefined, 'text/html'],
    [undefined, undefined, undefined, 'text/html'],
    [expect.any(String), undefined, undefined, 'text/html'],
    [undefined, undefined, '/a.html', 'text/html'],
    [undefined, undefined, undefined, 'text/plain'],
    [undefined, undefined, undefined, 'text/html'],
  ])
})

test.each<[string, Fault]>([
  ['500', { status: 500, code: 'InternalError' }],
  ['503 with a pause', { status: 503, code: 'SlowDown', retryAfter: 7 }],
  ['403', { status: 403, code: 'AccessDenied' }],
  ['404', { status: 404, code: 'NoSuchBucket' }],
  ['412', { status: 412, code: 'PreconditionFailed' }],
  ['400 without a reason', { status: 400, code: '' }],
  ['a lost response', 'lost'],
  ['a broken connection', 'reset'],
  ['no response', 'hang'],
])('a later put fails as the first one does: %s', async (_, fault) => {
  const failure = (backend: Backend) =>
    put(backend, 'a.html').then(
      () => undefined,
      ({ name, kind, message, retryAfter }: BackendError) => ({ name, kind, message, retryAfter }),
    )
  let first: unknown
  await using({}, async (backend) => {
    server.fault = () => fault
    first = await failure(backend)
  })
  await using({}, async (backend) => {
    server.fault = undefined
    await put(backend, 'warm.html')
    server.fault = () => fault
    const requests = server.requests.length
    expect(await failure(backend)).toEqual(first)
    expect(server.requests.length).toBe(requests + 1)
    server.fault = undefined
    await put(backend, 'b.html')
  })
  expect(first).toBeDefined()
})

test('a clock that is wrong is corrected after the first refusal', async () => {
  await using({}, async (backend) => {
    await put(backend, 'warm.html')
    server.fault = () => ({ status: 403, code: 'RequestTimeTooSkewed' })
    server.alter = (_, { body, status }) =>
      new Response(body, { status, headers: { date: new Date(Date.now() + 3_600_000).toUTCString() } })
    await expect(put(backend, 'a.html')).rejects.toMatchObject({ kind: 'unauthorised' })
    server.fault = server.alter = undefined
    // The server refuses it: its clock is right.
    await put(backend, 'b.html').catch(() => {})
  })
  const times = sent().map((all) =>
    Date.parse(all['x-amz-date']!.replace(/(....)(..)(.....)(..)/, '$1-$2-$3:$4:')),
  )
  expect(times[2]! - times[1]!).toBeGreaterThan(3_500_000)
})

test('credentials that expire are fetched again', async () => {
  let fetched = 0
  const provider = createServer((_, response) => {
    fetched++
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = secrets
    // The SDK takes credentials for expired that have less than five minutes left.
    const Expiration = new Date(Date.now() + 60_000)
    response.end(JSON.stringify({ AccessKeyId, SecretAccessKey, Token: `token-${fetched}`, Expiration }))
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  const { port } = provider.address() as AddressInfo
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE'])
    vi.stubEnv(name, undefined)
  for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, '/none')
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `http://127.0.0.1:${port}/`)
  try {
    await using({ accessKeyId: undefined, secretAccessKey: undefined }, async (backend) => {
      // The server knows no token.
      for (const key of ['a.html', 'b.html', 'c.html']) await put(backend, key).catch(() => {})
    })
    const tokens = sent().map((all) => all['x-amz-security-token'])
    expect(tokens[0]).toBe('token-1')
    expect(tokens[2]).not.toBe('token-1')
  } finally {
    vi.unstubAllEnvs()
    provider.close()
  }
})
