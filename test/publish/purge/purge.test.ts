import { generateKeyPairSync } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DistillError } from '../../../src/errors.ts'
import { resolveOptions, type Target } from '../../../src/options.ts'
import { openPurge } from '../../../src/publish/purge/purge.ts'
import type { PurgeOption } from '../../../src/purge-options.ts'
import { account, startPurgeServer, type PurgeServer } from '../../servers/purge.ts'

let server: PurgeServer
beforeAll(async () => {
  server = await startPurgeServer()
})
afterAll(() => server.stop())
beforeEach(() => {
  server.requests = []
  server.purged = []
  server.fault = undefined
  vi.stubGlobal('fetch', server.fetch)
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFRONT', `${server.url}/cloudfront.amazonaws.com`)
  vi.stubEnv('CLOUDFLARE_API_TOKEN', undefined)
  vi.stubEnv('FASTLY_API_TOKEN', undefined)
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
})

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const { token, project, urlMap, zoneId, serviceId, distributionId, accessKeyId } = account
const { subscriptionId, resourceGroup, profile, endpoint } = account
const s3 = { backend: 's3', bucket: 'www', accessKeyId, secretAccessKey: 'secret' } as const
const gcs = {
  backend: 'gcs',
  bucket: 'www',
  credentials: {
    type: 'service_account',
    client_email: 'publisher@test.iam.gserviceaccount.com',
    private_key: privateKey,
    // Makes the SDK sign its tokens itself, without a request to Google.
    universe_domain: 'test.invalid',
    project_id: project,
  },
} as const
const azure = {
  backend: 'azure',
  accountUrl: 'https://example.blob.core.windows.net',
  credential: { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
} as const
const directory = { backend: 'directory', path: '../www' } as const

interface Provider {
  host: string
  /** A target with its option `purge`. */
  target: Target
  /** The same with credentials that are refused. */
  refused: Target
  needs: string
  /** How the provider names the URL `https://www.example.com/…`. */
  named: (path: string) => string
}
const providers: [name: string, provider: Provider][] = [
  [
    'CloudFront',
    {
      host: 'cloudfront.amazonaws.com',
      target: { ...s3, purge: { cloudfront: { distributionId } } },
      refused: { ...s3, accessKeyId: 'AKIAOTHER', purge: { cloudfront: { distributionId } } },
      needs: '`cloudfront:CreateInvalidation`',
      named: (path) => `/${path}`,
    },
  ],
  [
    'Cloudflare',
    {
      host: 'api.cloudflare.com',
      target: { ...directory, purge: { cloudflare: { zoneId, apiToken: token } } },
      refused: { ...directory, purge: { cloudflare: { zoneId, apiToken: 'another-token' } } },
      needs: '"Cache Purge: Purge"',
      named: (path) => `https://www.example.com/${path}`,
    },
  ],
  [
    'Fastly',
    {
      host: 'api.fastly.com',
      target: { ...directory, purge: { fastly: { serviceId, apiToken: token } } },
      refused: { ...directory, purge: { fastly: { serviceId, apiToken: 'another-token' } } },
      needs: '`purge_select`',
      named: (path) => `www.example.com/${path}`,
    },
  ],
  [
    'Cloud CDN',
    {
      host: 'compute.googleapis.com',
      target: { ...gcs, purge: { googleCloudCdn: { urlMap } } },
      refused: { ...gcs, purge: { googleCloudCdn: { urlMap } } },
      needs: '`compute.urlMaps.invalidateCache`',
      named: (path) => `www.example.com/${path}`,
    },
  ],
  [
    'Azure Front Door',
    {
      host: 'management.azure.com',
      target: { ...azure, purge: { azureFrontDoor: { subscriptionId, resourceGroup, profile, endpoint } } },
      refused: {
        ...azure,
        credential: { getToken: async () => ({ token: 'another-token', expiresOnTimestamp: Infinity }) },
        purge: { azureFrontDoor: { subscriptionId, resourceGroup, profile, endpoint } },
      },
      needs: '`Microsoft.Cdn/profiles/afdEndpoints/Purge/action`',
      named: (path) => `www.example.com/${path}`,
    },
  ],
]

async function purgeOf(given: object, publicUrl = 'https://www.example.com/') {
  const target = { publicUrl, ...given } as Target
  const { publish } = resolveOptions({ publish: { www: target } }, { root: '/app', base: '/' })
  const root = new URL(publicUrl).href
  return (await openPurge('www', publish.www!, { root }, '/app'))!
}
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `${i}.png`)
const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error as DistillError,
  )

describe.each(providers)('%s', (name, { host, target, refused, needs, named }) => {
  test('purges every URL of a page, and waits until that is done', async () => {
    const purge = await purgeOf(target)
    await purge.purge(['index.html', 'a b/index.html'])
    purge.close()
    const paths = ['index.html', '', 'a%20b/index.html', 'a%20b/', 'a%20b']
    expect(server.purged.sort()).toEqual(paths.map(named).sort())
    expect(purge).toMatchObject({ name, purged: 5, notices: [] })
    expect(server.requests.every((request) => request.host === host)).toBe(true)
    const asked = server.requests.filter(({ method }) => method === 'GET')
    const waits = !['api.cloudflare.com', 'api.fastly.com'].includes(host)
    expect(asked.length > 0).toBe(waits)
  })

  test('waits as long as a 429 says, and tries again after a 500', async () => {
    const times: number[] = []
    const answers = [{ status: 429, headers: { 'retry-after': '0.3' } }, { status: 500 }]
    server.fault = () => {
      times.push(performance.now())
      return answers.shift()
    }
    const purge = await purgeOf(target)
    await purge.purge(['logo.png'])
    purge.close()
    expect(server.purged).toEqual([named('logo.png')])
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(299)
  })

  test('says which permission is missing', async () => {
    server.fault = host === 'compute.googleapis.com' ? () => ({ status: 403 }) : undefined
    const purge = await purgeOf(refused)
    const error = await failure(purge.purge(['logo.png']))
    purge.close()
    expect(error).toMatchObject({ code: 'PURGE_FAILED', exitCode: 5 })
    expect(error.message).toMatch(new RegExp(`^cannot purge ${name}: .*\\b40[13]\\b`))
    expect(error.hint).toContain(needs)
    expect(error.hint).toContain('Publish again')
    expect(server.requests).toHaveLength(1)
    expect(JSON.stringify({ ...error, message: error.message })).not.toContain('another-token')
  })
})

describe('above a limit', () => {
  test('Cloudflare gets 100 URLs a request', async () => {
    const purge = await purgeOf({ ...directory, purge: { cloudflare: { zoneId, apiToken: token } } })
    await purge.purge(numbered(250))
    expect(server.requests.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(new Set(server.purged).size).toBe(250)
  })

  test('Azure Front Door gets 100 paths a request', async () => {
    const [, { target }] = providers.find(([name]) => name === 'Azure Front Door')!
    const purge = await purgeOf(target)
    await purge.purge(numbered(150))
    expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(2)
    expect(server.purged).toHaveLength(150)
  })

  const root = 'https://www.example.com/'
  const folder = 'https://www.example.com/blog/'
  const front = { azureFrontDoor: { subscriptionId, resourceGroup, profile, endpoint } }
  test.each<[target: object, publicUrl: string, keys: number, purged: string]>([
    [{ ...s3, purge: { cloudfront: { distributionId } } }, root, 3001, '/*'],
    [{ ...s3, purge: { cloudfront: { distributionId, maxPaths: 10 } } }, folder, 11, '/blog/*'],
    [
      { ...directory, purge: { cloudflare: { zoneId, apiToken: token } } },
      root,
      10_001,
      'hosts: www.example.com',
    ],
    [
      { ...directory, purge: { cloudflare: { zoneId, apiToken: token } } },
      folder,
      10_001,
      'prefixes: www.example.com/blog',
    ],
    [{ ...directory, purge: { fastly: { serviceId, apiToken: token } } }, root, 10_001, 'purge_all'],
    [{ ...gcs, purge: { googleCloudCdn: { urlMap } } }, root, 501, 'www.example.com/*'],
    [{ ...azure, purge: front }, folder, 1001, 'www.example.com/blog/*'],
  ])('%o at %s purges everything of the site instead', async (target, publicUrl, keys, purged) => {
    const purge = await purgeOf(target, publicUrl)
    await purge.purge(numbered(keys))
    purge.close()
    expect(server.purged).toEqual([purged])
    expect(purge.purged).toBe(1)
    expect(purge.notices).toEqual([expect.stringContaining(`everything below ${publicUrl} was purged`)])
  })

  test('CloudFront gets 3,000 paths in one request, and earlier invalidations are waited for', async () => {
    const purge = await purgeOf({ ...s3, purge: { cloudfront: { distributionId } } })
    let busy = true
    const xml = '<ErrorResponse><Error><Code>TooManyInvalidationsInProgress</Code></Error></ErrorResponse>'
    server.fault = () => {
      const was = busy
      busy = false
      return was ? { status: 400, body: xml } : undefined
    }
    await purge.purge(numbered(3000))
    purge.close()
    expect(server.requests.filter(({ method }) => method === 'POST').map(({ status }) => status)).toEqual([
      400, 201,
    ])
    expect(server.purged).toHaveLength(3000)
  })
})

test("CloudFront: another storage's keys are not sent to Amazon, and unsafe characters are encoded", async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  const target = { ...s3, accessKeyId: 'AKIAMINIO', endpoint: 'https://minio.example.com' }
  const purge = await purgeOf({ ...target, purge: { cloudfront: { distributionId } } })
  await purge.purge(['~a&b[1].png'])
  purge.close()
  expect(server.purged.sort()).toEqual(['/%7Ea%26b%5B1%5D.png', '/%7Ea&b%5B1%5D.png'])
})

test.each<[provider: object, variable: string]>([
  [{ cloudflare: { zoneId } }, 'CLOUDFLARE_API_TOKEN'],
  [{ fastly: {} }, 'FASTLY_API_TOKEN'],
])('the token of %o comes from the environment', async (purge, variable) => {
  const error = await failure(purgeOf({ ...directory, purge }))
  expect(error).toMatchObject({ code: 'CONFIG_FAILED', exitCode: 2 })
  expect(error.message).toContain(`\`${variable}\` is not set`)
  vi.stubEnv(variable, token)
  await (await purgeOf({ ...directory, purge })).purge(['a.png'])
  expect(server.purged).toHaveLength(1)
})

test('a purge that the provider ends as failed is a failure', async () => {
  const [, { target }] = providers.find(([name]) => name === 'Azure Front Door')!
  const body = { status: 'Failed', error: { code: 'Conflict', message: 'Another operation is in progress' } }
  server.fault = ({ method }) => (method === 'GET' ? { status: 200, body } : undefined)
  const error = await failure((await purgeOf(target)).purge(['a.png']))
  expect(error.message).toBe('cannot purge Azure Front Door: Another operation is in progress')
})

test('Google limits a rate with a 403, too', async () => {
  const error = { code: 403, message: 'Rate Limit Exceeded', errors: [{ reason: 'rateLimitExceeded' }] }
  const answers = [{ status: 403, body: { error } }]
  server.fault = () => answers.shift()
  await (await purgeOf({ ...gcs, purge: { googleCloudCdn: { urlMap } } })).purge(['a.png'])
  expect(server.purged).toEqual(['www.example.com/a.png'])
})

test('a sign-in that fails for a moment is tried again', async () => {
  const [, { target }] = providers.find(([name]) => name === 'Azure Front Door')!
  const down = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const answers = [() => Promise.reject(down)]
  const getToken = () => answers.shift()?.() ?? azure.credential.getToken()
  await (await purgeOf({ ...target, credential: { getToken } })).purge(['a.png'])
  expect(server.purged).toEqual(['www.example.com/a.png'])
  const refused = Object.assign(new Error('AADSTS7000215: Invalid client secret provided.'), {
    name: 'AuthenticationError',
  })
  const wrong = await purgeOf({ ...target, credential: { getToken: () => Promise.reject(refused) } })
  expect((await failure(wrong.purge(['a.png']))).message).toContain(
    'cannot sign in: no credentials were found',
  )
})

test('a token is sent to no other address that a provider names', async () => {
  const [, { target }] = providers.find(([name]) => name === 'Azure Front Door')!
  server.fault = () => ({ status: 202, headers: { 'azure-asyncoperation': `${server.url}/elsewhere` } })
  expect((await failure((await purgeOf(target)).purge(['a.png']))).message).toContain('unknown address')
  server.fault = () => ({ status: 307, headers: { location: `${server.url}/elsewhere` } })
  expect((await failure((await purgeOf(target)).purge(['a.png']))).message).toContain('307')
  expect(server.requests.every(({ path }) => !path.includes('elsewhere'))).toBe(true)
})

test('a function gets the URLs, the target and its address', async () => {
  const calls: unknown[] = []
  const option: PurgeOption = async (urls, context) => void calls.push([urls, context])
  const purge = await purgeOf({ ...directory, purge: option })
  await purge.purge([])
  const { signal } = new AbortController()
  await purge.purge(['about/index.html'], signal)
  const urls = ['about/index.html', 'about/', 'about'].map((path) => `https://www.example.com/${path}`)
  expect(calls).toEqual([[urls, { target: 'www', publicUrl: 'https://www.example.com/', signal }]])
  const failing = await purgeOf({ ...directory, purge: () => Promise.reject(new Error('no\u001b[31m way')) })
  expect((await failure(failing.purge(['a']))).message).toBe('cannot purge the cache: no\\u001b[31m way')
})
