import type * as Sdk from '@aws-sdk/client-s3'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Backend, Retry } from '../../src/backends/backend.ts'
import { s3Backend } from '../../src/backends/s3.ts'
import { loadSdk } from '../../src/backends/s3/sdk.ts'
import type { S3Target } from '../../src/options.ts'
import { startS3, type S3Server } from '../servers/s3.ts'
import { contract } from './contract.ts'
import { expectNoSecret, failureOf } from './failure.ts'
import { faults } from './faults.ts'
import { parts } from './parts.ts'
import { bytesOf, sourceOf } from './source.ts'
import { keys, operations, put, removeKeys } from './storage.ts'

type Target = S3Target & { endpoint: string; accessKeyId: string; secretAccessKey: string }

const accessKeyId = 'AKIATESTTESTTESTTEST'
const secretAccessKey = 'secret+Of/The+Tests/That+Nobody/May+See'
const large = 9 * 1024 * 1024

/** A real S3, such as Ceph's radosgw, to run the same tests against. */
const { VITE_DISTILL_S3_ENDPOINT, VITE_DISTILL_S3_ACCESS_KEY, VITE_DISTILL_S3_SECRET_KEY } = process.env
const real = VITE_DISTILL_S3_ENDPOINT && {
  endpoint: VITE_DISTILL_S3_ENDPOINT,
  accessKeyId: String(VITE_DISTILL_S3_ACCESS_KEY),
  secretAccessKey: String(VITE_DISTILL_S3_SECRET_KEY),
}

async function withClient<T>(
  target: Target,
  work: (sdk: typeof Sdk, client: Sdk.S3Client) => Promise<T>,
): Promise<T> {
  const sdk = await loadSdk()
  const { endpoint, accessKeyId, secretAccessKey } = target
  const credentials = { accessKeyId, secretAccessKey }
  const client = new sdk.S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
  try {
    return await work(sdk, client)
  } finally {
    client.destroy()
  }
}

const openOwn = async () => {
  const server = await startS3({ accessKeyId, secretAccessKey })
  return { endpoint: server.url, accessKeyId, secretAccessKey, stop: () => server.stop() }
}
const openReal = async () => ({ ...(real as Exclude<typeof real, '' | undefined>), stop: async () => {} })

const storages: [
  name: string,
  open: () => Promise<Omit<Target, 'backend' | 'bucket'> & { stop(): Promise<void> }>,
][] = [['own server', openOwn]]
if (real) storages.push([real.endpoint, openReal])

contract('s3 as Amazon', async () => {
  const server = await startS3({ accessKeyId, secretAccessKey, publicBuckets: ['www'] })
  // The target has no `endpoint`, so the backend expects Amazon's own.
  vi.stubEnv('AWS_ENDPOINT_URL_S3', server.url)
  const account = { region: 'us-east-1', accessKeyId, secretAccessKey, forcePathStyle: true }
  // As with Amazon's 5 GB: the contract's large content is copied in parts.
  const part = 5 * 1024 ** 2
  server.buckets.get('www')!.maxCopy = part
  const backend = await s3Backend({ backend: 's3', bucket: 'www', ...account }, undefined, part)
  return {
    backend: { ...backend, maxRewrite: part },
    publicUrl: `${server.url}/www/`,
    longNames: true,
    leftovers: () => [...server.buckets.get('www')!.uploads.values()].map(({ key }) => key),
    async close() {
      vi.unstubAllEnvs()
      await server.stop()
    },
  }
})

describe.each(storages)('s3 on %s', (name, open) => {
  /** Creates a bucket that everybody may read. */
  async function openBucket() {
    const { stop, ...connection } = await open()
    const target: Target = { backend: 's3', bucket: `test-${randomUUID()}`, ...connection }
    await withClient(target, async (sdk, client) => {
      const { bucket: Bucket } = target
      await client.send(new sdk.CreateBucketCommand({ Bucket }))
      const Statement = [
        { Effect: 'Allow', Principal: '*', Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${Bucket}/*`] },
      ]
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
      await client.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy }))
    })
    return { target, stop }
  }

  contract(`s3 on ${name}`, async () => {
    const { target, stop } = await openBucket()
    // A real storage may have no keys and no other storage class.
    const isReal = target.endpoint === VITE_DISTILL_S3_ENDPOINT
    const encryption = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'alias/site' }
    // Ceph's gateway ignores the tags of a copy and of a multipart upload.
    const tagged = (Tags: Record<string, string>) => (isReal ? {} : { Tags })
    const everything: Partial<S3Target> = {
      metadata: { team: 'web & co', cost: '7' },
      tags: { stage: 'test & more', site: 'a=b' },
      ...(isReal
        ? {}
        : { storageClass: 'STANDARD_IA', serverSideEncryption: 'aws:kms', kmsKeyId: 'alias/site' }),
    }
    return {
      backend: await s3Backend(target),
      publicUrl: `${target.endpoint}/${target.bucket}/`,
      longNames: true,
      // Ceph's gateway accepts the conditions of a copy on what it overwrites and of a multipart upload, and ignores them.
      ignoresCopyCondition: target.endpoint === VITE_DISTILL_S3_ENDPOINT,
      ignoresPartsCondition: target.endpoint === VITE_DISTILL_S3_ENDPOINT,
      storing: {
        open: async (options) => s3Backend({ ...target, ...(options ?? everything) }),
        stored: (Key) =>
          withClient(target, async (sdk, client) => {
            const { Metadata, StorageClass, ServerSideEncryption, SSEKMSKeyId } = await client.send(
              new sdk.HeadObjectCommand({ Bucket: target.bucket, Key }),
            )
            const { TagSet } = await client.send(
              new sdk.GetObjectTaggingCommand({ Bucket: target.bucket, Key }),
            )
            const Tags = Object.fromEntries((TagSet ?? []).map(({ Key, Value }) => [Key, Value]))
            return { Metadata, StorageClass, ServerSideEncryption, SSEKMSKeyId, Tags }
          }),
        expected: {
          Metadata: { team: 'web & co', cost: '7' },
          ...tagged({ stage: 'test & more', site: 'a=b' }),
          ...(isReal ? {} : { StorageClass: 'STANDARD_IA', ...encryption }),
        },
        expectedOfOwn: isReal ? {} : encryption,
        changes: [
          [
            { metadata: { team: 'new' }, tags: { stage: 'new' } },
            { Metadata: { team: 'new' }, ...tagged({ stage: 'new' }) },
          ],
          [
            { metadata: {}, tags: {} },
            { Metadata: {}, ...tagged({}) },
          ],
        ],
      },
      leftovers: () =>
        withClient(target, async (sdk, client) => {
          const { Uploads } = await client.send(
            new sdk.ListMultipartUploadsCommand({ Bucket: target.bucket }),
          )
          return (Uploads ?? []).map(({ Key }) => Key!)
        }),
      close: stop,
    }
  })

  describe('beyond the contract', () => {
    let target: Target
    let stop: () => Promise<void>
    let backend: Backend

    beforeAll(async () => {
      ;({ target, stop } = await openBucket())
      backend = await s3Backend(target)
    })
    afterAll(async () => {
      backend.close?.()
      await stop()
    })

    test('its name is the address of the bucket', () => {
      expect(backend.name).toBe(`s3://${target.bucket}/`)
    })

    test('keys may have empty segments, and be above other keys', async () => {
      const all = ['e', 'e/', 'e/a', 'e//b', 'e/../c'].sort()
      for (const key of all) await put(backend, key)
      expect(await keys(backend, 'e')).toEqual(all)
      await removeKeys(backend, all)
      expect(await keys(backend, 'e')).toEqual([])
    })

    test('the listing has the MD5 of objects that were sent in one part, and of no others', async () => {
      await put(backend, 'md5/large', bytesOf(large))
      await put(backend, 'md5/small')
      for await (const page of backend.list('md5/')) {
        expect(page.map(({ md5 }) => md5)).toEqual([undefined, sourceOf('md5/small').md5])
      }
      expect.assertions(1)
    })

    test('a redirect is stored with the object', async () => {
      await backend.put('old/index.html', sourceOf('moved'), { headers: {}, redirect: '/new/?a=1' })
      const head = await withClient(target, (sdk, client) =>
        client.send(new sdk.HeadObjectCommand({ Bucket: target.bucket, Key: 'old/index.html' })),
      )
      expect(head.WebsiteRedirectLocation).toBe('/new/?a=1')
    })

    test('a rewrite replaces or removes the redirect', async () => {
      const location = async () => {
        const head = await withClient(target, (sdk, client) =>
          client.send(new sdk.HeadObjectCommand({ Bucket: target.bucket, Key: 'moved' })),
        )
        return head.WebsiteRedirectLocation
      }
      const first = await backend.put('moved', sourceOf('moved'), { headers: {}, redirect: '/a' })
      const second = await backend.rewrite!('moved', { headers: {}, redirect: '/b', ifMatch: first.etag })
      expect(await location()).toBe('/b')
      await backend.rewrite!('moved', { headers: {}, ifMatch: second.etag })
      expect(await location()).toBeUndefined()
    })

    test('the content encoding is stored', async () => {
      await backend.put('page.br', sourceOf('x'), { headers: { 'content-encoding': 'br' } })
      const head = await withClient(target, (sdk, client) =>
        client.send(new sdk.HeadObjectCommand({ Bucket: target.bucket, Key: 'page.br' })),
      )
      expect(head.ContentEncoding).toBe('br')
    })

    describe.each<[string, Partial<Target>, 'unauthorised' | 'missing', RegExp]>([
      [
        'a wrong secret',
        { secretAccessKey: 'wrong/Secret+Wrong/Secret' },
        'unauthorised',
        /secret access key does not belong to/,
      ],
      [
        'an unknown access key',
        { accessKeyId: 'AKIAUNKNOWN' },
        'unauthorised',
        /does not know the access key/,
      ],
      [
        'a bucket that does not exist',
        { bucket: 'no-such-bucket-anywhere' },
        'missing',
        /bucket does not exist/,
      ],
    ])('with %s', (_, change, kind, why) => {
      let broken: Backend

      beforeAll(async () => {
        broken = await s3Backend({ ...target, ...change })
      })
      afterAll(() => broken.close?.())

      test.each(Object.entries(operations))(
        `%s fails as ${kind}, with its reason and without a secret`,
        async (_, operation) => {
          const error = await failureOf(operation(broken), kind)
          expect(error.message).toMatch(why)
          expect(error.message).toContain(`\`s3://${change.bucket ?? target.bucket}/\``)
          expectNoSecret(error, [target.secretAccessKey, change.secretAccessKey ?? target.secretAccessKey])
        },
      )
    })
  })
})

describe('s3 on a server with faults', () => {
  const sessionToken = 'token-of-the-session-that-nobody-may-see'
  let server: S3Server
  let target: Target
  let backend: Backend

  beforeAll(async () => {
    server = await startS3({ accessKeyId, secretAccessKey, sessionToken, buckets: ['www'] })
    target = {
      backend: 's3',
      bucket: 'www',
      endpoint: server.url,
      accessKeyId,
      secretAccessKey,
      sessionToken,
    }
    backend = await s3Backend(target)
  })
  beforeEach(() => {
    server.fault = undefined
    server.alter = undefined
    server.requests.length = 0
  })
  afterAll(async () => {
    backend.close?.()
    await server.stop()
  })

  test('a session token is sent', async () => {
    await put(backend, 'page.html')
    expect(await keys(backend)).toContain('page.html')
  })

  test('an expired session is unauthorised, and the error has no token, though the response repeats it', async () => {
    const expired = await s3Backend({ ...target, sessionToken: 'expired-token-of-the-session' })
    const error = await failureOf(put(expired, 'page.html'), 'unauthorised')
    expect(error.message).toContain('expired')
    expectNoSecret(error, ['expired-token-of-the-session', secretAccessKey])
    expired.close?.()
  })

  test('a listing with fewer objects than it counts is unavailable, and one that is cut short without a token is rejected', async () => {
    for (const key of ['count/a', 'count/b', 'count/c']) await put(backend, key)
    const altered = (from: RegExp, to: string) => {
      server.alter = async (_, response) =>
        new Response((await response.text()).replace(from, to), { headers: response.headers })
    }
    altered(/<Contents>.*?<\/Contents>/s, '')
    const { message } = await failureOf(keys(backend, 'count/'), 'unavailable')
    expect(message).toBe('cannot list `s3://www/`: a page has 2 objects and says that it has 3')
    altered(/<IsTruncated>false/, '<IsTruncated>true')
    await failureOf(keys(backend, 'count/'), 'rejected')
    altered(/<\/ListBucketResult>.*$/s, '')
    const cut = await failureOf(keys(backend, 'count/'), 'unavailable')
    expect(cut.message).toBe('cannot list `s3://www/`: the response ends too early')
    altered(/^.*$/s, '')
    await failureOf(keys(backend, 'count/'), 'unavailable')
    altered(/ListBucketResult/g, 'html')
    const page = await failureOf(keys(backend, 'count/'), 'rejected')
    expect(page.message).toBe('cannot list `s3://www/`: the response is no listing of S3')
    // Another storage may not count.
    altered(/<KeyCount>3<\/KeyCount>/, '')
    expect(await keys(backend, 'count/')).toHaveLength(3)
  })

  parts(() => ({ backend, server, leftovers: () => [...server.buckets.get('www')!.uploads.keys()] }), {
    part: 'UploadPart',
    end: 'CompleteMultipartUpload',
    cancel: 'AbortMultipartUpload',
    error: { status: 500, code: 'InternalError' },
  })

  faults(
    () => ({
      backend,
      server,
      at: (url) => s3Backend({ ...target, endpoint: url }),
      withShortTimeout: () => s3Backend(target, 200),
      async fill(names) {
        await put(backend, 'one')
        const { objects } = server.buckets.get('www')!
        for (const name of names) objects.set(name, objects.get('one')!)
      },
      secrets: [secretAccessKey, sessionToken],
    }),
    {
      pageSize: 1000,
      errors: [
        [503, 'SlowDown', 'throttled'],
        [503, 'ServiceUnavailable', 'throttled'],
        [429, 'TooManyRequests', 'throttled'],
        [500, 'InternalError', 'unavailable'],
        [502, 'BadGateway', 'unavailable'],
        [403, 'AccessDenied', 'unauthorised'],
        [401, 'Unauthorized', 'unauthorised'],
        [403, 'RequestTimeTooSkewed', 'unauthorised'],
        [409, 'ConditionalRequestConflict', 'precondition'],
        [409, 'OperationAborted', 'unavailable'],
        [400, 'RequestTimeout', 'unavailable'],
        [400, 'KeyTooLongError', 'rejected'],
        [301, 'PermanentRedirect', 'misconfigured'],
      ],
    },
  )

  test('an endpoint that is not an S3 API is rejected', async () => {
    const website = await s3Backend({ ...target, endpoint: await server.website('www') })
    const error = await failureOf(put(website, 'page.html'), 'rejected')
    expect(error.message).toContain('`s3://www/`')
    website.close?.()
  })

  test('a removal that fails for one key names the key', async () => {
    for (const key of ['a', 'b', 'c']) await put(backend, key)
    server.buckets.get('www')!.protectedKeys.add('b')
    const error = await failureOf(removeKeys(backend, ['a', 'b', 'c']), 'unauthorised')
    expect(error.message).toContain('`b`')
    expect(await keys(backend, 'b')).toEqual(['b'])
  })

  test('a large content of which a part fails leaves no part behind, not even one that was being sent', async () => {
    const failed = new Promise<void>((resolve) => {
      server.fault = ({ operation }) => {
        if (operation !== 'UploadPart') return undefined
        server.fault = undefined
        resolve()
        return { status: 500, code: 'InternalError' }
      }
    })
    const source = sourceOf(bytesOf(large))
    const slow = {
      ...source,
      async read(start = 0, end = source.size) {
        if (start > 0) {
          await failed
          // The client has handled the failure by the time of the next request's response.
          await backend.get('none')
        }
        return source.read(start, end)
      },
    }
    await failureOf(backend.put('big.bin', slow, { headers: {} }), 'unavailable')
    expect(server.buckets.get('www')!.uploads.size).toBe(0)
    expect(server.requests.map(({ operation }) => operation)).toEqual([
      'CreateMultipartUpload',
      'UploadPart',
      'GetObject',
      'UploadPart',
      'AbortMultipartUpload',
    ])
    expect(await keys(backend, 'big')).toEqual([])
  })

  test('every write has the ACL and the storage class of the target', async () => {
    const other = await s3Backend({ ...target, acl: 'public-read', storageClass: 'STANDARD_IA' })
    const stored = (key: string) => {
      const { publicRead, headers } = server.buckets.get('www')!.objects.get(key)!
      return [publicRead, headers['x-amz-storage-class']]
    }
    const { etag } = await put(other, 'page.html')
    expect(stored('page.html')).toEqual([true, 'STANDARD_IA'])
    await other.rewrite!('page.html', { headers: {}, ifMatch: etag })
    expect(stored('page.html')).toEqual([true, 'STANDARD_IA'])
    await put(other, 'big.bin', bytesOf(large))
    expect(stored('big.bin')).toEqual([true, 'STANDARD_IA'])
    await put(backend, 'page.html')
    expect(stored('page.html')).toEqual([false, undefined])
    other.close?.()
  })

  describe('a copy of an object that is too large for one request', () => {
    const part = 5 * 1024 ** 2
    const size = 3 * part + 1
    let parted: Backend
    let source: string

    beforeAll(async () => {
      parted = await s3Backend(target, undefined, part)
      source = (await put(backend, 'from.bin', bytesOf(size))).etag
    })
    beforeEach(async () => {
      server.buckets.get('www')!.maxCopy = part
      await removeKeys(backend, ['to.bin'])
      server.requests.length = 0
    })
    afterEach(() => {
      server.buckets.get('www')!.maxCopy = Infinity
    })
    afterAll(() => parted.close?.())

    const copy = (by: Backend, retry?: Retry) =>
      by.copy!('from.bin', 'to.bin', { headers: {}, ifSourceMatch: source, retry })
    const requested = () => server.requests.map(({ operation }) => operation)
    const whole = ['CopyObject', 'HeadObject', 'CreateMultipartUpload']

    test('is made of ranges, none larger than a part', async () => {
      const { etag } = await copy(parted)
      expect(requested()).toEqual([
        ...whole,
        ...Array<string>(4).fill('UploadPartCopy'),
        'CompleteMultipartUpload',
      ])
      const ranges = server.requests.flatMap(({ headers }) => headers.get('x-amz-copy-source-range') ?? [])
      expect(ranges.sort()).toEqual([
        'bytes=0-5242879',
        'bytes=10485760-15728639',
        'bytes=15728640-15728640',
        'bytes=5242880-10485759',
      ])
      const found = await backend.get('to.bin')
      expect(found!.etag).toBe(etag)
      expect(Buffer.compare(found!.body, bytesOf(size))).toBe(0)
    })

    test('makes each request again that fails, and only that', async () => {
      const failed = new Set<string>()
      server.fault = ({ operation }) => {
        if (failed.has(operation)) return undefined
        failed.add(operation)
        return operation === 'CompleteMultipartUpload' ? 'lost' : { status: 500, code: 'InternalError' }
      }
      const { etag } = await copy(parted, async (request) => {
        try {
          return await request()
        } catch {
          return request()
        }
      })
      server.fault = undefined
      expect(requested().filter((name) => name === 'UploadPartCopy')).toHaveLength(5)
      expect((await backend.get('to.bin'))!.etag).toBe(etag)
      expect(server.buckets.get('www')!.uploads.size).toBe(0)
    })

    test('leaves nothing where a part fails, or the object changes meanwhile', async () => {
      server.fault = ({ operation }) =>
        operation === 'UploadPartCopy' ? { status: 500, code: 'InternalError' } : undefined
      await failureOf(copy(parted), 'unavailable')
      expect(requested().at(-1)).toBe('AbortMultipartUpload')
      let changing: Promise<void> | undefined
      server.fault = ({ operation }) =>
        operation === 'UploadPartCopy'
          ? (changing ??= put(backend, 'from.bin', 'other').then(() => {}))
          : undefined
      const error = await failureOf(copy(parted), 'precondition')
      expect(error.message).toContain('cannot copy `from.bin` to `to.bin` in `s3://www/`: ')
      server.fault = undefined
      expect(server.buckets.get('www')!.uploads.size).toBe(0)
      expect(await keys(backend, 'to')).toEqual([])
      source = (await put(backend, 'from.bin', bytesOf(size))).etag
    })

    test('has the limit of another storage, and fails with its reason where nothing helps', async () => {
      server.fault = ({ operation }) =>
        operation === 'CopyObject' ? { status: 400, code: 'EntityTooLarge' } : undefined
      await copy(parted)
      const error = await failureOf(copy(backend), 'rejected')
      expect(error.message).toContain('EntityTooLarge')
    })
  })

  test('the largest object that can be rewritten is the largest that can be copied', () => {
    expect(backend.maxRewrite).toBe(5_368_709_120)
  })

  test('requests are few: one for an object, one for a thousand removals', async () => {
    const { etag } = await put(backend, 'page.html')
    await backend.rewrite!('page.html', { headers: {}, ifMatch: etag })
    await removeKeys(
      backend,
      Array.from({ length: 1000 }, (_, i) => `none/${i}`),
    )
    await backend.get('page.html')
    expect(server.requests.map(({ operation }) => operation)).toEqual([
      'PutObject',
      'CopyObject',
      'DeleteObjects',
      'GetObject',
    ])
  })

  test('bodies are plain bytes with a Content-MD5', async () => {
    await put(backend, 'page.html')
    await put(backend, 'big.bin', bytesOf(large))
    await removeKeys(backend, ['big.bin'])
    const withBody = server.requests.filter(({ operation }) =>
      ['PutObject', 'UploadPart', 'DeleteObjects'].includes(operation),
    )
    expect(withBody).toHaveLength(4)
    for (const { headers } of withBody) {
      expect(headers.get('content-md5')).toMatch(/==$/)
      expect(headers.get('content-encoding')).toBeNull()
      expect(headers.get('x-amz-content-sha256')).toMatch(/^[0-9a-f]{64}$/)
    }
  })
})

const keyPair = {
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_REGION: 'eu-west-1',
}
const tokenFile = (path: string) => ({
  AWS_WEB_IDENTITY_TOKEN_FILE: path,
  AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/publisher',
  AWS_REGION: 'eu-west-1',
})

describe('s3 with credentials of the environment', () => {
  let server: S3Server

  beforeAll(async () => {
    server = await startS3({ accessKeyId, secretAccessKey, buckets: ['www'] })
  })
  beforeEach(() => {
    for (const name of ['AWS_PROFILE', 'AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_SESSION_TOKEN'])
      vi.stubEnv(name, undefined)
    for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, '/none')
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  })
  afterEach(() => vi.unstubAllEnvs())
  afterAll(() => server.stop())

  test('they are used if the target has none', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey)
    const backend = await s3Backend({ backend: 's3', bucket: 'www', endpoint: server.url })
    await put(backend, 'page.html')
    backend.close?.()
  })

  test('missing credentials are unauthorised', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined)
    const backend = await s3Backend({ backend: 's3', bucket: 'www', endpoint: server.url })
    const error = await failureOf(put(backend, 'page.html'), 'unauthorised')
    expect(error.message).toContain('no credentials were found')
    backend.close?.()
  })

  test('the `profile` of the target is used instead of the default one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vite-distill-aws-'))
    const file = join(folder, 'credentials')
    const section = (name: string, id: string, key: string) =>
      `[${name}]\naws_access_key_id = ${id}\naws_secret_access_key = ${key}\n`
    writeFileSync(
      file,
      section('default', 'AKIADEFAULT', 'wrong') + section('site', accessKeyId, secretAccessKey),
    )
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file)
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined)
    const open = (profile?: string) =>
      s3Backend({ backend: 's3', bucket: 'www', endpoint: server.url, profile })
    const site = await open('site')
    await put(site, 'page.html')
    site.close?.()
    const fallback = await open()
    await failureOf(put(fallback, 'page.html'), 'unauthorised')
    fallback.close?.()
    const none = await open('none')
    const error = await failureOf(put(none, 'page.html'), 'unauthorised')
    expectNoSecret(error, [secretAccessKey])
    none.close?.()
    rmSync(folder, { recursive: true })
  })

  test('a missing region is named in the error', async () => {
    const backend = await s3Backend({ backend: 's3', bucket: 'www', accessKeyId, secretAccessKey })
    const error = await failureOf(put(backend, 'page.html'), 'misconfigured')
    expect(error.message).toContain('neither `region` nor `AWS_REGION` is set')
    backend.close?.()
  })

  test.each<[what: string, env: Record<string, string>, why: string]>([
    ['an empty region', { AWS_REGION: '' }, '`AWS_REGION` is empty, and the target has no `region`'],
    ['a region that is no name', { AWS_REGION: 'hidden@eu' }, '`AWS_REGION` or the AWS profile'],
    [
      'a missing token file',
      tokenFile('/hidden/token'),
      '`AWS_WEB_IDENTITY_TOKEN_FILE` names a file that does',
    ],
    [
      'a folder for a token file',
      tokenFile('/'),
      '`AWS_WEB_IDENTITY_TOKEN_FILE` names a file that cannot be',
    ],
    ['a token for its file', tokenFile('eyhidden.x.y'), '`AWS_WEB_IDENTITY_TOKEN_FILE` names a file that'],
    ['a long token for its file', tokenFile('hidden'.repeat(900)), '`AWS_WEB_IDENTITY_TOKEN_FILE` holds the'],
    [
      'a token for the file of a container',
      {
        AWS_REGION: 'eu-west-1',
        AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1/',
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: 'hidden',
      },
      '`AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` names a file that does not exist',
    ],
    [
      'an endpoint without a scheme',
      { ...keyPair, AWS_ENDPOINT_URL: 'me:hidden@host:1' },
      '`AWS_ENDPOINT_URL` is not a full address',
    ],
    [
      'an endpoint of S3 that is no address',
      { ...keyPair, AWS_ENDPOINT_URL: 'http://host', AWS_ENDPOINT_URL_S3: 'https://[hidden' },
      '`AWS_ENDPOINT_URL_S3` is not a full address',
    ],
  ])(
    '%s is misconfigured, and the error has the name of the variable and not its value',
    async (_, env, why) => {
      for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
      const backend = await s3Backend({ backend: 's3', bucket: 'www' })
      const error = await failureOf(put(backend, 'page.html'), 'misconfigured')
      expect(error.message).toContain(`cannot write \`page.html\` in \`s3://www/\`: `)
      expect(error.message).toContain(why)
      expectNoSecret(error, ['hidden'])
      backend.close?.()
    },
  )

  test('the region of the bucket is named if another one was asked', async () => {
    const open = (endpoint: string) =>
      s3Backend({ backend: 's3', bucket: 'www', endpoint, region: 'eu-west-3', accessKeyId, secretAccessKey })
    const malformed = await failureOf(put(await open(server.url), 'page.html'), 'misconfigured')
    expect(malformed.message).toContain('the bucket is in the region `us-east-1`: set `region` to it')

    const redirecting = createServer((_, response) => {
      response.writeHead(301, { 'x-amz-bucket-region': 'eu-north-1' }).end()
    }).listen(0, '127.0.0.1')
    await once(redirecting, 'listening')
    const { port } = redirecting.address() as AddressInfo
    const backend = await open(`http://127.0.0.1:${port}`)
    const redirected = await failureOf(put(backend, 'page.html'), 'misconfigured')
    expect(redirected.message).toContain('the bucket is in the region `eu-north-1`')
    backend.close?.()
    redirecting.close()
  })
})
