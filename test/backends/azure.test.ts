import { EnvironmentCredential } from '@azure/identity'
import {
  AccountSASPermissions,
  BlobServiceClient,
  ContainerClient,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
  type ContainerCreateOptions,
} from '@azure/storage-blob'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { azureBackend } from '../../src/backends/azure.ts'
import type { Backend, Retry } from '../../src/backends/backend.ts'
import type { AzureTarget } from '../../src/backends/targets.ts'
import { startAzureProxy, startAzurite, type Account, type Azurite } from '../servers/azurite.ts'
import { contract } from './contract.ts'
import { errorOf, expectNoSecret, failureOf } from './failure.ts'
import { faults } from './faults.ts'
import { parts } from './parts.ts'
import { bytesOf, sourceOf } from './source.ts'
import { keys, operations, put, removeKeys } from './storage.ts'

const large = 9 * 1024 * 1024

async function createContainer(
  { connectionString }: Account,
  name: string,
  access: ContainerCreateOptions = {},
): Promise<ContainerClient> {
  const container = new ContainerClient(connectionString, name)
  await container.create(access)
  return container
}

contract('azure on azurite', async () => {
  const azurite = await startAzurite()
  await createContainer(azurite, '$web', { access: 'blob' })
  const target: AzureTarget = { backend: 'azure', connectionString: azurite.connectionString }
  const everything = {
    metadata: { team: 'web & co', cost: '7' },
    tags: { stage: 'test more', site: 'a=b' },
    accessTier: 'Cool',
  } as const
  return {
    backend: await azureBackend(target, 200),
    publicUrl: `${azurite.url}/$web/`,
    // oxlint-disable-next-line no-control-regex
    rejects: /[\\\u0000-\u001f]/,
    longNames: true,
    pageSize: 200,
    storing: {
      open: (options) => azureBackend({ ...target, ...(options ?? everything) }),
      async stored(key) {
        const blob = new ContainerClient(azurite.connectionString, '$web').getBlobClient(key)
        const [{ metadata, accessTier, accessTierInferred }, { tags }] = [
          await blob.getProperties(),
          await blob.getTags(),
        ]
        return { metadata, tags, accessTier: accessTierInferred ? undefined : accessTier }
      },
      expected: { metadata: everything.metadata, tags: everything.tags, accessTier: 'Cool' },
      expectedOfOwn: {},
      changes: [
        [
          { metadata: { team: 'new' }, tags: { stage: 'new' }, accessTier: 'Cool' },
          { metadata: { team: 'new' }, tags: { stage: 'new' }, accessTier: 'Cool' },
        ],
        [
          { metadata: {}, tags: {} },
          { metadata: {}, tags: {} },
        ],
      ],
    },
    close: () => azurite.stop(),
  }
})

describe('azure', () => {
  let azurite: Azurite
  let proxy: Awaited<ReturnType<typeof startAzureProxy>>
  let container: ContainerClient
  let target: AzureTarget
  let backend: Backend

  beforeAll(async () => {
    azurite = await startAzurite()
    proxy = await startAzureProxy(azurite)
    container = await createContainer(azurite, 'www')
    target = { backend: 'azure', connectionString: proxy.account.connectionString, container: 'www' }
    backend = await azureBackend(target, 200)
  })
  beforeEach(() => {
    proxy.fault = undefined
    proxy.alter = undefined
    proxy.requests.length = 0
  })
  afterAll(async () => {
    await proxy.stop()
    await azurite.stop()
  })

  const requested = () => proxy.requests.map(({ operation }) => operation)
  const sas = (permissions: string, { from = 0, key = azurite.key } = {}) =>
    generateBlobSASQueryParameters(
      {
        containerName: 'www',
        permissions: ContainerSASPermissions.parse(permissions),
        startsOn: new Date(Date.now() - 7_200_000 - from),
        expiresOn: new Date(Date.now() + 3_600_000 - from),
      },
      new StorageSharedKeyCredential(azurite.account, key),
    ).toString()
  const signedIn = (sasToken: string): AzureTarget => ({
    backend: 'azure',
    accountUrl: proxy.account.url,
    container: 'www',
    sasToken,
  })

  test('its name is the address of the container, without a signature', async () => {
    expect(backend.name).toBe(`${proxy.account.url}/www/`)
    expect((await azureBackend(signedIn(sas('r')))).name).toBe(backend.name)
    const website = await azureBackend({ ...target, container: undefined })
    expect(website.name).toBe(`${proxy.account.url}/$web/`)
  })

  test('keys that a URL would change are rejected without a request', async () => {
    for (const key of ['a/../b', './a', 'a/.', '..', 'a\\b']) {
      const error = await failureOf(put(backend, key), 'rejected')
      expect(error.message).toContain('it has a `\\`, a control character, or a `.` or `..` folder')
      expect(await backend.get(key)).toBeUndefined()
      await removeKeys(backend, [key])
    }
    expect(proxy.requests).toEqual([])
  })

  test('keys may have empty segments, and be above other keys', async () => {
    const all = ['e', 'e/', 'e/a', 'e//b', 'e/.a', 'e/a.'].sort()
    for (const key of all) await put(backend, key)
    expect((await keys(backend, 'e')).sort()).toEqual(all)
    await removeKeys(backend, all)
    expect(await keys(backend, 'e')).toEqual([])
  })

  test('the listing has the MD5 of every block blob, and not of blobs that are written in place', async () => {
    await put(backend, 'md5/large', bytesOf(large))
    await put(backend, 'md5/small')
    const append = container.getAppendBlobClient('md5/append')
    await append.create({ blobHTTPHeaders: { blobContentMD5: createHash('md5').update('').digest() } })
    await append.appendBlock('more', 4)
    for await (const page of backend.list('md5/')) {
      expect(page.map(({ md5 }) => md5)).toEqual([
        undefined,
        sourceOf(bytesOf(large)).md5,
        sourceOf('md5/small').md5,
      ])
    }
    expect.assertions(1)
  })

  test('names in a listing that XML cannot have are decoded, and the listing needs no length', async () => {
    const name = '<Name Encoded="true">a%EF%BF%BEb%26amp;</Name>'
    const date = '<Last-Modified>Sun, 22 Nov 2026 11:00:00 GMT</Last-Modified>'
    const xml = `\uFEFF<?xml version="1.0"?><EnumerationResults><Blobs><Blob>${name}<Properties>${date}<Etag>0x8D</Etag><Content-Length>3</Content-Length></Properties></Blob></Blobs><NextMarker /></EnumerationResults>`
    const listing = (text: string) => {
      proxy.alter = ({ operation }, response) =>
        operation === 'ListBlobs'
          ? new Response(new Blob([text]).stream(), { headers: { 'content-type': 'application/xml' } })
          : response
    }
    listing(xml)
    const modified = Date.parse('2026-11-22T11:00:00Z')
    const pages: unknown[] = []
    for await (const page of backend.list('')) pages.push(page)
    expect(pages).toEqual([[{ key: 'a\uFFFEb&amp;', size: 3, etag: '0x8D', modified, md5: undefined }]])
    for (const cut of [xml.slice(0, -22), '<html>Sign in to this network</html>']) {
      listing(cut)
      const error = await failureOf(keys(backend), 'rejected')
      expect(error.message).toContain('the response is not a whole listing')
    }
  })

  test('requests are few', async () => {
    const { etag } = await put(backend, 'page.html')
    await backend.get('page.html')
    await backend.rewrite!('page.html', { headers: {}, ifMatch: etag })
    await keys(backend, 'page')
    await put(backend, 'big.bin', bytesOf(large))
    await removeKeys(backend, ['page.html', 'big.bin', ...Array.from({ length: 254 }, (_, i) => `none/${i}`)])
    expect(requested()).toEqual([
      'PutBlob',
      'GetBlob',
      'GetBlobProperties',
      'SetBlobProperties',
      'ListBlobs',
      'PutBlock',
      'PutBlock',
      'PutBlockList',
      'BlobBatch',
    ])
  })

  describe('a copy', () => {
    const headers = { 'content-type': 'text/plain', 'cache-control': 'no-cache' }
    let source: string
    beforeEach(async () => {
      source = (await backend.put('from.txt', sourceOf('from'), { headers })).etag
      await removeKeys(backend, ['to.txt'])
      proxy.requests.length = 0
    })
    const copy = (more: object = {}, by = backend) =>
      by.copy!('from.txt', 'to.txt', { headers, ifSourceMatch: source, ...more })
    const again: Retry = (request) => request().catch(() => request())
    const typeOf = async (key: string) => (await container.getBlobClient(key).getProperties()).contentType
    /** Replaces the storage's word on whether a copy is done, once for each of these. */
    const say = (...statuses: string[]) => {
      proxy.alter = ({ operation, key }, response) => {
        const isAbout = operation === 'CopyBlob' || (operation === 'GetBlobProperties' && key === 'to.txt')
        const status = isAbout ? statuses.shift() : undefined
        if (status !== undefined) response.headers.set('x-ms-copy-status', status)
        return response
      }
    }

    test('takes two requests with the same headers, and one more with others', async () => {
      await copy()
      expect(requested()).toEqual(['GetBlobProperties', 'CopyBlob'])
      await copy({ headers: { 'content-type': 'text/html' } })
      expect(requested().slice(2)).toEqual(['GetBlobProperties', 'CopyBlob', 'SetBlobProperties'])
      expect(await typeOf('to.txt')).toBe('text/html')
    })

    test('whose response was lost is not made by halves', async () => {
      for (const lost of ['SetBlobProperties', 'CopyBlob']) {
        let failed = false
        proxy.fault = ({ operation }) => {
          if (failed || operation !== lost) return undefined
          failed = true
          return 'lost'
        }
        const { etag } = await copy({ headers: { 'content-type': 'text/html' }, retry: again })
        expect(failed).toBe(true)
        expect((await backend.get('to.txt'))!.etag).toBe(etag)
        expect(await typeOf('to.txt')).toBe('text/html')
      }
    })

    test('that takes its time is waited for', async () => {
      say('pending', 'pending', 'success')
      const { etag } = await copy()
      expect(requested().slice(1)).toEqual(['CopyBlob', 'GetBlobProperties', 'GetBlobProperties'])
      expect((await backend.get('to.txt'))!.etag).toBe(etag)
    })

    test('that the storage gives up is unavailable', async () => {
      say('pending', 'failed')
      const error = await failureOf(copy(), 'unavailable')
      expect(error.message).toContain('cannot copy `from.txt` to `to.txt` in ')
    })

    test('works with a signature of the account, which no error shows', async () => {
      const account = (permissions: string) =>
        generateAccountSASQueryParameters(
          {
            permissions: AccountSASPermissions.parse(permissions),
            services: 'b',
            resourceTypes: 'co',
            expiresOn: new Date(Date.now() + 3_600_000),
          },
          new StorageSharedKeyCredential(azurite.account, azurite.key),
        ).toString()
      const open = (sasToken: string) =>
        azureBackend({ backend: 'azure', accountUrl: azurite.url, container: 'www', sasToken })
      const { etag } = await copy({}, await open(account('rwdlc')))
      expect((await backend.get('to.txt'))!.etag).toBe(etag)
      const error = await failureOf(copy({}, await open(account('wdl'))), 'unauthorised')
      expectNoSecret(error, ['sig='])
    })
  })

  test('the storage checks every body by its MD5', async () => {
    await put(backend, 'page.html')
    await put(backend, 'big.bin', bytesOf(large))
    expect(
      proxy.requests.map(({ headers }) => headers.get('content-md5') ?? headers.get('x-ms-blob-content-md5')),
    ).toEqual(Array.from({ length: 4 }, () => expect.stringMatching(/==$/) as string))
  })

  test('a shared access signature for the container is enough for everything', async () => {
    const other = await azureBackend(signedIn(`?${sas('rcwdl')}`))
    const { etag } = await put(other, 'sas/a')
    await other.put('sas/a', sourceOf('b'), { headers: {}, ifMatch: etag })
    await put(other, 'sas/big', bytesOf(large))
    expect(await keys(other, 'sas/')).toEqual(['sas/a', 'sas/big'])
    const found = await other.get('sas/a')
    await other.rewrite!('sas/a', { headers: { 'cache-control': 'no-cache' }, ifMatch: found!.etag })
    await removeKeys(other, ['sas/a', 'sas/big'])
    expect(await keys(other, 'sas/')).toEqual([])
  })

  test.each<[string, () => Partial<AzureTarget>, 'unauthorised' | 'missing', RegExp]>([
    [
      'a wrong key',
      () => ({ connectionString: proxy.account.connectionString.replace(azurite.key, 'd3Jvbmctc2VjcmV0') }),
      'unauthorised',
      /AuthorizationFailure/,
    ],
    [
      'a signature by a wrong key',
      () => signedIn(sas('racwdl', { key: 'd3Jvbmctc2VjcmV0' })),
      'unauthorised',
      /AuthorizationFailure/,
    ],
    [
      'a signature that has expired',
      () => signedIn(sas('racwdl', { from: 3_700_000 })),
      'unauthorised',
      /AuthorizationFailure/,
    ],
    [
      'a signature without the needed permissions',
      () => signedIn(sas('t')),
      'unauthorised',
      /AuthorizationPermissionMismatch/,
    ],
    ['a container that does not exist', () => ({ container: 'none' }), 'missing', /container does not exist/],
  ])('%s fails in every operation with its reason and without a secret', async (_, change, kind, why) => {
    const changed = change()
    const broken = await azureBackend(
      'accountUrl' in changed ? (changed as AzureTarget) : { ...target, ...changed },
    )
    for (const operation of Object.values(operations)) {
      const error = await failureOf(operation(broken), kind)
      expect(error.message).toMatch(why)
      expect(error.message).toContain(broken.name)
      const signature = /sig=([^&]+)/.exec(changed.sasToken ?? 'sig=none-of-them')![1]!
      expectNoSecret(error, [azurite.key, 'd3Jvbmctc2VjcmV0', signature, decodeURIComponent(signature)])
    }
  })

  test('a malformed connection string is OPTION_INVALID, and the message does not contain it', async () => {
    const connectionString = 'DefaultEndpointsProtocol=https;AccountName=;AccountKey=c2VjcmV0LW9mLXRlc3Q='
    const error = await azureBackend({ backend: 'azure', connectionString }).then(
      () => undefined,
      (error: unknown) => error as Error,
    )
    expect(error).toMatchObject({ code: 'OPTION_INVALID' })
    expectNoSecret(error!, ['c2VjcmV0LW9mLXRlc3Q='])
  })

  test.each([
    'BlobEndpoint=me:hidden@host:1/;SharedAccessSignature=sig=hidden',
    'BlobEndpoint=https://me:hidden@host/;SharedAccessSignature=sig=hidden',
  ])('a connection string whose endpoint has a password is OPTION_INVALID: %s', async (connectionString) => {
    const error = await errorOf(azureBackend({ backend: 'azure', connectionString }))
    expect(error).toMatchObject({ code: 'OPTION_INVALID' })
    expectNoSecret(error, ['hidden'])
  })

  test('a proxy that is no address is CONFIG_FAILED, and the error names its variable', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://me:hidden@[')
    const error = await errorOf(azureBackend(target))
    vi.unstubAllEnvs()
    expect(error).toMatchObject({ code: 'CONFIG_FAILED', message: '`HTTPS_PROXY` is not a full address' })
    expectNoSecret(error, ['hidden'])
  })

  test.each([
    ['AZURE_FEDERATED_TOKEN_FILE', 'eyJhidden.token', 'holds the content of a file instead of its path'],
    ['AZURE_FEDERATED_TOKEN_FILE', 'hidden-token', 'names a file that does not exist'],
    ['AZURE_CLIENT_CERTIFICATE_PATH', '-----BEGIN PRIVATE KEY-----\nhidden', 'holds the content of a file'],
  ])('the content of a file in `%s` is misconfigured, and no error shows it', async (name, value, why) => {
    vi.stubEnv('AZURE_TENANT_ID', 'tenant')
    vi.stubEnv('AZURE_CLIENT_ID', 'client')
    vi.stubEnv(name, value)
    const backend = await azureBackend({ backend: 'azure', accountUrl: 'https://127.0.0.1:1' })
    const error = await failureOf(put(backend, 'page.html'), 'misconfigured')
    vi.unstubAllEnvs()
    expect(error.message).toContain(`\`${name}\` ${why}`)
    expectNoSecret(error, ['hidden'])
  })

  /** The SDK's timeouts are signals: these abort when the request has reached the server. */
  async function withShortTimeout(): Promise<Backend> {
    const controller = new AbortController()
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(controller.signal)
    const requests = proxy.requests.length
    void vi
      .waitUntil(() => proxy.requests.length > requests, { timeout: 60_000 })
      .then(() => controller.abort())
    return azureBackend(target)
  }
  afterEach(() => void vi.restoreAllMocks())

  parts(() => ({ backend, server: proxy }), {
    part: 'PutBlock',
    end: 'PutBlockList',
    error: { status: 500, code: 'InternalError' },
  })

  faults(
    () => ({
      backend,
      server: proxy,
      withShortTimeout,
      at: (url) => azureBackend({ ...signedIn(sas('racwdl')), accountUrl: `${url}/${azurite.account}` }),
      fill: async (names) => void (await Promise.all(names.map((name) => put(backend, name)))),
      secrets: [azurite.key, 'sig=', 'SharedKey '],
    }),
    {
      pageSize: 200,
      errors: [
        [503, 'ServerBusy', 'throttled'],
        [429, 'TooManyRequests', 'throttled'],
        [500, 'InternalError', 'unavailable'],
        [500, 'OperationTimedOut', 'unavailable'],
        [502, 'BadGateway', 'unavailable'],
        [403, 'AuthorizationPermissionMismatch', 'unauthorised'],
        [401, 'InvalidAuthenticationInfo', 'unauthorised'],
        [409, 'BlobAlreadyExists', 'precondition'],
        [412, 'ConditionNotMet', 'precondition'],
        [404, 'ContainerNotFound', 'missing'],
        [409, 'ContainerBeingDeleted', 'missing'],
        [400, 'InvalidBlockList', 'unavailable'],
        [400, 'Md5Mismatch', 'rejected'],
        [413, 'RequestBodyTooLarge', 'rejected'],
      ],
    },
  )

  test('a removal that fails for one key names the key', async () => {
    await put(backend, 'free')
    await put(backend, 'held')
    const lease = container.getBlobClient('held').getBlobLeaseClient()
    await lease.acquireLease(-1)
    const error = await failureOf(removeKeys(backend, ['free', 'held']), 'rejected')
    expect(error.message).toContain('`held`')
    await lease.releaseLease()
  })

  test('an upload whose blocks another writer removed is unavailable, and the next attempt succeeds', async () => {
    let first = true
    proxy.fault = ({ operation }) => {
      if (operation !== 'PutBlockList' || !first) return undefined
      first = false
      return { status: 400, code: 'InvalidBlockList' }
    }
    await failureOf(put(backend, 'big.bin', bytesOf(large)), 'unavailable')
    await put(backend, 'big.bin', bytesOf(large))
  })
})

describe('azure with an identity', () => {
  let folder: string
  let azurite: Azurite

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vite-distill-azure-'))
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
    const request = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      ...subject,
    ]
    execFileSync('openssl', request, { stdio: 'ignore' })
    azurite = await startAzurite(['--oauth', 'basic', '--cert', cert, '--key', key])
    // The certificate is its own authority, which Node takes only at its start.
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const container = new BlobServiceClient(azurite.url, {
      getToken: async () => ({ token: token(60), expiresOnTimestamp: Date.now() + 60_000 }),
    }).getContainerClient('www')
    await container.create()
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await azurite.stop()
    rmSync(folder, { recursive: true })
  })

  /** A token as Microsoft's identity platform issues them, but for the signature, which azurite does not check. */
  function token(seconds: number): string {
    const now = Math.floor(Date.now() / 1000)
    const times = { iat: now - 120, nbf: now - 120, exp: now + seconds }
    const issuer = 'https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/'
    const claims = { aud: 'https://storage.azure.com', iss: issuer, ...times }
    const parts = [{ typ: 'JWT', alg: 'RS256' }, claims, {}]
    return parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  }
  const open = (seconds: number) =>
    azureBackend({
      backend: 'azure',
      accountUrl: azurite.url,
      container: 'www',
      credential: {
        getToken: async () => ({ token: token(seconds), expiresOnTimestamp: Date.now() + 3_600_000 }),
      },
    })

  test('its token is enough for everything', async () => {
    const backend = await open(3600)
    const { etag } = await put(backend, 'a')
    await backend.rewrite!('a', { headers: { 'cache-control': 'no-cache' }, ifMatch: etag })
    await put(backend, 'big', bytesOf(large))
    expect(await keys(backend)).toEqual(['a', 'big'])
    expect(Buffer.from((await backend.get('a'))!.body).toString()).toBe('a')
    await removeKeys(backend, ['a', 'big'])
    expect(await keys(backend)).toEqual([])
  })

  test('an expired token is unauthorised, and the error does not contain it', async () => {
    const error = await failureOf(put(await open(-60), 'a'), 'unauthorised')
    expect(error.message).toContain('expired')
    expectNoSecret(error, [token(-60).slice(0, 60)])
  })

  test('a credential that finds no identity is unauthorised', async () => {
    for (const name of Object.keys(process.env)) if (name.startsWith('AZURE_')) vi.stubEnv(name, undefined)
    const credential = new EnvironmentCredential()
    const backend = await azureBackend({ backend: 'azure', accountUrl: azurite.url, credential })
    const error = await failureOf(put(backend, 'a'), 'unauthorised')
    expect(error.message).toContain('no credentials were found')
  })

  test('without a credential, `DefaultAzureCredential` is used', async () => {
    vi.stubEnv('AZURE_TENANT_ID', 'tenant')
    vi.stubEnv('AZURE_CLIENT_ID', 'client')
    vi.stubEnv('AZURE_CLIENT_SECRET', 'secret-of-the-client')
    vi.stubEnv('AZURE_AUTHORITY_HOST', 'https://127.0.0.1:1')
    vi.stubEnv('AZURE_TOKEN_CREDENTIALS', 'EnvironmentCredential')
    const backend = await azureBackend({ backend: 'azure', accountUrl: azurite.url })
    const error = await failureOf(put(backend, 'a'), 'unauthorised')
    expect(error.message).toContain('EnvironmentCredential')
    expectNoSecret(error, ['secret-of-the-client'])
  })
})
