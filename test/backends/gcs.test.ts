import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { BackendError, type Backend, type Retry } from '../../src/backends/backend.ts'
import { gcsBackend } from '../../src/backends/gcs.ts'
import type { GcsTarget } from '../../src/options.ts'
import { startGcs, type GcsServer } from '../servers/gcs.ts'
import { contract } from './contract.ts'
import { errorOf, expectNoSecret, failureOf } from './failure.ts'
import { faults } from './faults.ts'
import { parts } from './parts.ts'
import { big, bytesOf, sourceOf } from './source.ts'
import { keys, operations, put, removeKeys } from './storage.ts'

const large = 9 * 1024 * 1024
/** Parts that the storage keeps are multiples of this. */
const quantum = 256 * 1024
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
  const kmsKeyName = 'projects/p/locations/eu/keyRings/r/cryptoKeys/site'
  const everything = { metadata: { team: 'web & co', cost: '7' }, storageClass: 'NEARLINE', kmsKeyName }
  return {
    backend: await gcsBackend(target, '.'),
    publicUrl: `${server.url}/www/`,
    rejects: /[\r\n]/,
    longNames: true,
    storing: {
      open: (options) => gcsBackend({ ...target, ...(options ?? everything) }, '.'),
      async stored(name) {
        const { settings } = server.buckets.get('www')!.objects.get(name)!
        return { ...settings }
      },
      expected: { metadata: { team: 'web & co', cost: '7' }, storageClass: 'NEARLINE', kmsKeyName },
      expectedOfOwn: { kmsKeyName },
      changes: [
        [{ metadata: { team: 'new' } }, { metadata: { team: 'new' } }],
        [{ metadata: {} }, {}],
      ],
    },
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
    server.alter = undefined
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
    for (const key of all) await removeKeys(backend, [key])
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
    await removeKeys(backend, ['page.html'])
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

  describe('a copy that takes several requests', () => {
    let source: string
    beforeEach(async () => {
      source = (await put(backend, 'from.txt', '0123456789')).etag
      await removeKeys(backend, ['to.txt'])
      server.requests.length = 0
      server.buckets.get('www')!.maxRewrite = 4
    })
    afterEach(() => {
      server.buckets.get('www')!.maxRewrite = Infinity
    })
    const copy = (retry?: Retry) =>
      backend.copy!('from.txt', 'to.txt', { headers: {}, ifSourceMatch: source, ifMatch: null, retry })
    const requested = () => server.requests.map(({ operation }) => operation)

    test('goes on where the last one ended, after a failure too', async () => {
      let failed = 0
      server.fault = () =>
        server.requests.length === 2 && failed++ === 0 ? { status: 503, code: 'backendError' } : undefined
      const { etag } = await copy((request) => request().catch(() => request()))
      server.fault = undefined
      expect(requested()).toEqual(Array<string>(4).fill('objects.rewrite'))
      const found = await backend.get('to.txt')
      expect(found!.etag).toBe(etag)
      expect(Buffer.from(found!.body).toString()).toBe('0123456789')
    })

    test('ends when the caller stops, or the object changes', async () => {
      let made = 0
      const stopped = copy((request) => (made++ === 2 ? Promise.reject(new Error('stopped')) : request()))
      await expect(stopped).rejects.toThrow('stopped')
      expect(requested()).toHaveLength(2)
      await failureOf(
        copy(async (request) => {
          if (made++ === 4) await put(backend, 'from.txt', 'other')
          return request()
        }),
        'precondition',
      )
      expect(await keys(backend, 'to.txt')).toEqual([])
    })
  })

  describe('credentials', () => {
    const wrong = newKey().privateKey

    test.each<[string, Partial<GcsTarget>, 'unauthorised' | 'missing', RegExp]>([
      ['a wrong key', { credentials: keyFile(wrong) }, 'unauthorised', /credentials are not valid/],
      ['a malformed key', { credentials: keyFile('secret nonsense') }, 'unauthorised', /cannot be used/],
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
      rmSync(root, { recursive: true })
    })

    describe('in a file that cannot be used', () => {
      let root: string
      beforeAll(() => {
        root = mkdtempSync(join(tmpdir(), 'vite-distill-gcs-'))
        writeFileSync(join(root, 'key.pem'), privateKey)
        writeFileSync(join(root, 'token.json'), 'hidden-token')
        writeFileSync(join(root, 'string.json'), '"hidden-token"')
      })
      afterAll(() => rmSync(root, { recursive: true }))

      const json = JSON.stringify(keyFile(privateKey))
      const [, privateLine] = privateKey.split('\n')

      test.each<[what: string, path: () => string, why: string]>([
        ['the content of a key file', () => json, 'holds the content of a file instead of its path'],
        ['that content in lines', () => json.replaceAll(',', ',\n'), 'holds the content of a file'],
        ['that content in Base64', () => Buffer.from(json).toString('base64'), 'holds the content of a file'],
        ['a private key', () => privateKey, 'holds the content of a file'],
        ['a missing file', () => 'none.json', 'names a file that does not exist'],
        ['a token', () => 'hidden-token', 'names a file that does not exist'],
        ['a private key in the file', () => join(root, 'key.pem'), 'names a file that is not a JSON object'],
        ['a token in the file', () => join(root, 'token.json'), 'names a file that is not a JSON object'],
        ['a JSON string', () => join(root, 'string.json'), 'names a file that is not a JSON object'],
        ['a folder', () => root, 'names a file that cannot be read (EISDIR)'],
      ])('%s: the error names the option or variable, and not its value', async (_, path, why) => {
        const hidden = ['hidden-token', privateLine!, json, path()]
        const { backend: kind, bucket } = target
        const ofOption = await errorOf(gcsBackend({ backend: kind, bucket, keyFilename: path() }, root))
        expect(ofOption).toMatchObject({ code: 'CONFIG_FAILED' })
        expect(ofOption.message).toContain(`\`keyFilename\` ${why}`)
        expectNoSecret(ofOption, hidden)
        vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', path())
        const ofVariable = await errorOf(gcsBackend({ backend: kind, bucket }, root))
        expect(ofVariable).toMatchObject({ code: 'CONFIG_FAILED' })
        expect(ofVariable.message).toContain(`\`GOOGLE_APPLICATION_CREDENTIALS\` ${why}`)
        expectNoSecret(ofVariable, hidden)
      })

      test('a token in place of the file that credentials name is misconfigured', async () => {
        const credentials = {
          type: 'external_account',
          audience: 'ci',
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
          token_url: `${server.url}/token`,
          credential_source: { file: 'hidden-token' },
        }
        const other = await gcsBackend({ ...target, credentials }, root)
        const error = await failureOf(put(other, 'page.html'), 'misconfigured')
        expect(error.message).toContain('a file that the credentials name cannot be read')
        expectNoSecret(error, ['hidden-token'])
      })
    })

    test('an emulator without an address is CONFIG_FAILED', async () => {
      vi.stubEnv('STORAGE_EMULATOR_HOST', 'https://me:hidden@[')
      const error = await errorOf(gcsBackend({ backend: 'gcs', bucket: 'www' }, '.'))
      expect(error).toMatchObject({
        code: 'CONFIG_FAILED',
        message: expect.stringContaining('`STORAGE_EMULATOR_HOST`'),
      })
      expectNoSecret(error, ['hidden'])
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

  parts(() => ({ backend, server, leftovers: () => [...server.buckets.get('www')!.uploads.keys()] }), {
    part: 'upload.continue',
    cancel: 'upload.cancel',
    error: { status: 500, code: 'backendError' },
  })

  test.each([
    ['half of', (size: number) => Math.floor(size / 2 / quantum) * quantum],
    ['nothing of', () => 0],
  ])('an upload goes on behind what the storage kept: %s a part, twice', async (_, keep) => {
    const body = bytesOf(big)
    const source = sourceOf(body)
    let short = 0
    server.keep = (size) => (short++ % 2 === 0 && short < 4 ? keep(size) : size)
    const retry: Retry = async (request) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await request()
        } catch (error) {
          if (!(error instanceof BackendError) || error.kind !== 'unavailable' || attempt === 3) throw error
        }
      }
    }
    await backend.put('short.bin', source, { headers: {}, retry })
    server.keep = undefined
    expect(short).toBeGreaterThan(3)
    expect(Buffer.compare((await backend.get('short.bin'))!.body, body)).toBe(0)
    const sent = server.requests.reduce((sum, { headers }) => sum + Number(headers.get('content-length')), 0)
    expect(sent).toBeLessThanOrEqual(body.length + 2 * 8 * 1024 * 1024 + 10_000)
  })

  test('an upload of which the storage never keeps anything is given up', async () => {
    server.keep = () => 0
    const error = await failureOf(put(backend, 'short.bin', bytesOf(large)), 'unavailable')
    server.keep = undefined
    expect(error.message).toContain('the storage kept nothing of a part')
  })

  test('an upload that the storage forgot is unavailable, and is begun anew', async () => {
    server.fault = ({ operation }) => {
      if (operation === 'upload.continue') server.buckets.get('www')!.uploads.clear()
      return undefined
    }
    const error = await failureOf(put(backend, 'gone.bin', bytesOf(large)), 'unavailable')
    expect(error.message).toContain('the upload is gone')
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
    const error = await failureOf(removeKeys(backend, ['held']), 'unauthorised')
    expect(error.message).toContain('`held`')
  })
})
