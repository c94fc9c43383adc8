import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Backend } from '../../src/backends/backend.ts'
import { gcsBackend } from '../../src/backends/gcs.ts'
import type { GcsTarget } from '../../src/options.ts'
import { startGcs, type GcsServer } from '../servers/gcs.ts'
import { contract } from './contract.ts'
import { expectNoSecret, failureOf } from './failure.ts'
import { faults } from './faults.ts'
import { bytesOf, sourceOf } from './source.ts'
import { keys, operations, put } from './storage.ts'

const large = 9 * 1024 * 1024
const email = 'publisher@test.iam.gserviceaccount.com'
const newKey = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
const { publicKey, privateKey } = newKey()

/** The key file of a service account, in a universe of its own: there, the account signs its tokens itself. */
const keyFile = (private_key: string) => ({
  type: 'service_account',
  client_email: email,
  private_key,
  private_key_id: 'key-1',
  universe_domain: 'test.invalid',
})

contract('gcs on own server', async () => {
  const server = await startGcs({ publicBuckets: ['www'], serviceAccounts: { [email]: publicKey } })
  const target: GcsTarget = {
    backend: 'gcs',
    bucket: 'www',
    apiEndpoint: server.url,
    credentials: keyFile(privateKey),
  }
  return {
    backend: await gcsBackend(target, '.'),
    publicUrl: `${server.url}/www/`,
    rejects: /[\r\n]/,
    leftovers: () => [...server.buckets.get('www')!.uploads.values()].map(({ name }) => name),
    close: () => server.stop(),
  }
})

describe('gcs', () => {
  let server: GcsServer
  let target: GcsTarget & { apiEndpoint: string }
  let backend: Backend

  beforeAll(async () => {
    server = await startGcs({
      buckets: ['www'],
      serviceAccounts: { [email]: publicKey },
      subjectTokens: ['token-of-the-pipeline'],
    })
    target = {
      backend: 'gcs',
      bucket: 'www',
      apiEndpoint: server.url,
      credentials: keyFile(privateKey),
    }
    backend = await gcsBackend(target, '.')
  })
  beforeEach(() => {
    server.fault = undefined
    server.requests.length = 0
  })
  afterEach(() => vi.unstubAllEnvs())
  afterAll(() => server.stop())

  test('its name is the address of the bucket', () => {
    expect(backend.name).toBe('gs://www/')
  })

  test('keys may have empty segments, and be above other keys', async () => {
    const all = ['e', 'e/', 'e/a', 'e//b', 'e/../c'].sort()
    for (const key of all) await put(backend, key)
    expect(await keys(backend, 'e')).toEqual(all)
    for (const key of all) await backend.remove([key])
    expect(await keys(backend, 'e')).toEqual([])
  })

  test('the listing has the MD5 of every object', async () => {
    await put(backend, 'md5/large', bytesOf(large))
    await put(backend, 'md5/small')
    for await (const page of backend.list('md5/')) {
      expect(page.map(({ md5 }) => md5)).toEqual([sourceOf(bytesOf(large)).md5, sourceOf('md5/small').md5])
    }
    expect.assertions(1)
  })

  test('a change of headers shows in the time of the listing, and not in the ETag', async () => {
    const { etag } = await put(backend, 'touched')
    const listed = async () => {
      for await (const [object] of backend.list('touched')) return object!
      throw new Error('not listed')
    }
    const before = await listed()
    await vi.waitUntil(() => Date.now() > before.modified, { interval: 1 })
    const after = await backend.rewrite!('touched', {
      headers: { 'cache-control': 'no-cache' },
      ifMatch: etag,
    })
    expect(after.etag).toBe(etag)
    expect((await listed()).modified).toBeGreaterThan(before.modified)
  })

  test('requests are few: one for an object, one for a page of the listing, one for each part', async () => {
    const { etag } = await put(backend, 'page.html')
    await backend.get('page.html')
    await backend.rewrite!('page.html', { headers: {}, ifMatch: etag })
    await keys(backend)
    await put(backend, 'big.bin', bytesOf(large))
    await backend.remove(['page.html'])
    expect(server.requests.map(({ operation }) => operation)).toEqual([
      'objects.insert',
      'objects.get media',
      'objects.patch',
      'objects.list',
      'objects.insert',
      'upload.continue',
      'upload.continue',
      'objects.delete',
    ])
  })

  test('a large content is in memory one part at a time', async () => {
    const source = sourceOf(bytesOf(3 * large))
    let sent = 0
    server.fault = ({ operation }) => {
      if (operation === 'upload.continue') expect(source.ranges).toHaveLength(++sent)
      return undefined
    }
    await backend.put('big.bin', source, { headers: {} })
    expect(sent).toBe(4)
  })

  describe('credentials', () => {
    const wrong = newKey().privateKey

    test.each<[string, Partial<GcsTarget>, 'unauthorised' | 'missing', RegExp]>([
      ['a wrong key', { credentials: keyFile(wrong) }, 'unauthorised', /credentials are not valid/],
      ['a malformed key', { credentials: keyFile('secret nonsense') }, 'unauthorised', /cannot be used/],
      [
        'a key file that is missing',
        { credentials: undefined, keyFilename: 'none.json' },
        'unauthorised',
        /none\.json/,
      ],
      ['a bucket that does not exist', { bucket: 'none' }, 'missing', /bucket does not exist/],
    ])('%s fails in every operation with its reason and without a secret', async (_, change, kind, why) => {
      const broken = await gcsBackend({ ...target, ...change }, tmpdir())
      for (const operation of Object.values(operations)) {
        const error = await failureOf(operation(broken), kind)
        expect(error.message).toMatch(why)
        expect(error.message).toContain(`\`gs://${change.bucket ?? 'www'}/\``)
        expectNoSecret(error, [privateKey, wrong, 'secret nonsense', 'Bearer '])
      }
    })

    test('a key file is found relative to the root', async () => {
      const root = mkdtempSync(join(tmpdir(), 'vite-distill-gcs-'))
      writeFileSync(join(root, 'key.json'), JSON.stringify(keyFile(privateKey)))
      const other = await gcsBackend({ ...target, credentials: undefined, keyFilename: 'key.json' }, root)
      await put(other, 'page.html')
      rmSync(root, { recursive: true })
    })

    test('a token of another provider is exchanged, as in CI', async () => {
      const root = mkdtempSync(join(tmpdir(), 'vite-distill-gcs-'))
      const file = join(root, 'token')
      const credentials = {
        type: 'external_account',
        audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/ci',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `${server.url}/token`,
        credential_source: { file },
      }
      writeFileSync(file, 'token-of-the-pipeline')
      await put(await gcsBackend({ ...target, credentials }, root), 'page.html')
      expect(server.requests.map(({ operation }) => operation)).toEqual(['token', 'objects.insert'])

      writeFileSync(file, 'token-of-a-stranger')
      const stranger = await gcsBackend({ ...target, credentials }, root)
      const error = await failureOf(put(stranger, 'page.html'), 'unauthorised')
      expectNoSecret(error, ['token-of-a-stranger'])

      server.fault = ({ operation }) =>
        operation === 'token' ? { status: 503, code: 'backendError' } : undefined
      await failureOf(put(await gcsBackend({ ...target, credentials }, root), 'page.html'), 'unavailable')
      rmSync(root, { recursive: true })
    })

    test('a token that expires during a publish is unauthorised', async () => {
      const root = mkdtempSync(join(tmpdir(), 'vite-distill-gcs-'))
      const file = join(root, 'token')
      writeFileSync(file, 'token-of-the-pipeline')
      const other = await gcsBackend(
        {
          ...target,
          credentials: {
            type: 'external_account',
            audience: 'ci',
            subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
            token_url: `${server.url}/token`,
            credential_source: { file },
          },
        },
        root,
      )
      await put(other, 'page.html')
      server.expire()
      const error = await failureOf(put(other, 'page.html'), 'unauthorised')
      expect(error.message).toContain('not valid or have expired')
      expectNoSecret(error, ['ya29.'])
      rmSync(root, { recursive: true })
    })

    test('application default credentials are used if the target has none', async () => {
      const root = mkdtempSync(join(tmpdir(), 'vite-distill-gcs-'))
      const file = join(root, 'key.json')
      writeFileSync(file, JSON.stringify(keyFile(privateKey)))
      vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file)
      const { backend: kind, bucket } = target
      const endpoint = target.apiEndpoint.replace('http:', 'https:')
      const other = await gcsBackend({ backend: kind, bucket, apiEndpoint: endpoint }, root)
      // Signing in was no problem; the server speaks no TLS.
      const error = await failureOf(put(other, 'page.html'), 'rejected')
      expect(error.message).toContain('SSL')
      vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(root, 'none.json'))
      const none = await gcsBackend({ backend: kind, bucket, apiEndpoint: endpoint }, root)
      await failureOf(put(none, 'page.html'), 'unauthorised')
      rmSync(root, { recursive: true })
    })

    test('requests to an emulator are unsigned', async () => {
      const emulator = await startGcs({ buckets: ['www'] })
      const { backend: kind, bucket } = target
      const other = await gcsBackend({ backend: kind, bucket, apiEndpoint: emulator.url }, '.')
      await put(other, 'page.html')
      expect(emulator.requests[0]!.headers.get('authorization')).toBeNull()
      await emulator.stop()
    })
  })

  faults(
    () => ({
      backend,
      server,
      at: (url) => gcsBackend({ ...target, apiEndpoint: url }, '.'),
      withShortTimeout: () => gcsBackend(target, '.', 200),
      async fill(names) {
        await put(backend, 'one')
        const { objects } = server.buckets.get('www')!
        for (const name of names) objects.set(name, objects.get('one')!)
      },
      secrets: [privateKey, 'Bearer '],
    }),
    {
      pageSize: 1000,
      errors: [
        [503, 'backendError', 'throttled'],
        [429, 'rateLimitExceeded', 'throttled'],
        [403, 'rateLimitExceeded', 'throttled'],
        [403, 'userRateLimitExceeded', 'throttled'],
        [500, 'backendError', 'unavailable'],
        [502, 'badGateway', 'unavailable'],
        [408, 'uploadBrokenConnection', 'unavailable'],
        [403, 'forbidden', 'unauthorised'],
        [401, 'required', 'unauthorised'],
        [401, 'authError', 'unauthorised'],
        [412, 'conditionNotMet', 'precondition'],
        [413, 'uploadTooLarge', 'rejected'],
        [302, 'moved', 'rejected'],
      ],
    },
  )

  test('a broken upload is cancelled', async () => {
    server.fault = ({ operation }) => (operation === 'upload.continue' ? 'reset' : undefined)
    await failureOf(put(backend, 'big.bin', bytesOf(large)), 'unavailable')
    expect(server.buckets.get('www')!.uploads.size).toBe(0)
  })

  test('an upload that the storage does not know any more is unavailable', async () => {
    server.fault = ({ operation }) => {
      if (operation === 'upload.continue') server.buckets.get('www')!.uploads.clear()
      return undefined
    }
    await failureOf(put(backend, 'big.bin', bytesOf(large)), 'unavailable')
  })

  test('an object that cannot be removed is a failure', async () => {
    await put(backend, 'held')
    server.buckets.get('www')!.protectedNames.add('held')
    const error = await failureOf(backend.remove(['held']), 'unauthorised')
    expect(error.message).toContain('`held`')
  })
})
