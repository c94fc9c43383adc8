import { describe, expect, test } from 'vitest'
import { resolveOptions, type Target } from '../../src/options.ts'

const resolved = (target: object) =>
  resolveOptions({ publish: { default: target as Target } }, { root: '/', base: '/' }).publish.default

const s3 = (options: object) => ({ backend: 's3', bucket: 'www', ...options })
const gcs = (options: object) => ({ backend: 'gcs', bucket: 'www', ...options })
const azure = (options: object) => ({ backend: 'azure', ...options })
const accountUrl = 'https://example.blob.core.windows.net'
const credential = { getToken: async () => null }

describe('the options of a storage', () => {
  test.each<object>([
    { backend: 's3', bucket: 'www', profile: 'site', acl: 'public-read', storageClass: 'STANDARD_IA' },
    { backend: 'gcs', bucket: 'www' },
    s3({ serverSideEncryption: 'aws:kms', kmsKeyId: 'alias/site', requestPayer: 'requester' }),
    s3({ metadata: { 'a-b': 'c d' }, tags: { Größe: '' }, stateBucket: 'private' }),
    gcs({
      storageClass: 'NEARLINE',
      kmsKeyName: 'projects/p/locations/l/keyRings/r/cryptoKeys/k',
      metadata: {},
    }),
    azure({
      accountUrl,
      accessTier: 'Cold',
      encryptionScope: 'site',
      tags: { a: 'b' },
      stateContainer: 'private',
    }),
    { backend: 'directory', path: '../www', statePath: '../state' },
    { backend: 'gcs', bucket: 'www', keyFilename: 'key.json', apiEndpoint: 'http://127.0.0.1:1' },
    { backend: 'gcs', bucket: 'www', credentials: { client_email: 'a', private_key: 'b' } },
    { backend: 'azure', connectionString: 'UseDevelopmentStorage=true', container: 'www' },
    { backend: 'azure', accountUrl },
    { backend: 'azure', accountUrl, sasToken: 'sv=…' },
    { backend: 'azure', accountUrl, credential },
  ])('that go together are taken: %o', (target) => {
    expect(resolved(target)).toEqual(target)
  })

  test.each<[message: string, target: object]>([
    ['` has both `accessKeyId` and `profile`', s3({ accessKeyId: 'a', secretAccessKey: 'b', profile: 'c' })],
    ['` has only one of `accessKeyId` and `secretAccessKey`', s3({ accessKeyId: 'a' })],
    ['` has only one of `accessKeyId` and `secretAccessKey`', s3({ secretAccessKey: 'hidden' })],
    ['.storageClass` is `GLACIER`', s3({ storageClass: 'GLACIER' })],
    ['.serverSideEncryption` is `aes256`', s3({ serverSideEncryption: 'aes256' })],
    ['.kmsKeyId` is given without `serverSideEncryption`', s3({ kmsKeyId: 'a' })],
    [
      '.kmsKeyId` is given without `serverSideEncryption`',
      s3({ kmsKeyId: 'a', serverSideEncryption: 'AES256' }),
    ],
    ['.requestPayer` is `true`', s3({ requestPayer: true })],
    ['.metadata` is a string', s3({ metadata: 'a=b' })],
    ['.metadata.team` is `5`', gcs({ metadata: { team: 5 } })],
    ['.metadata.team` is `ü`', azure({ accountUrl, metadata: { team: 'ü' } })],
    ['.metadata` has a name that cannot be stored', s3({ metadata: { 'a b': 'c' } })],
    ['.metadata` has a name that cannot be stored', s3({ metadata: { Team: 'c' } })],
    [
      '.tags` has more than ten tags',
      s3({ tags: Object.fromEntries(Array.from('0123456789x', (n) => [n, n])) }),
    ],
    ['.tags.a` is `1`', azure({ accountUrl, tags: { a: 1 } })],
    ['.kmsKeyName` is `key`', gcs({ kmsKeyName: 'key' })],
    ['.accessTier` is `Archive`', azure({ accountUrl, accessTier: 'Archive' })],
    ['.stateBucket` is the `bucket` of the site', s3({ stateBucket: 'www' })],
    ['.stateBucket` is the `bucket` of the site', gcs({ stateBucket: 'www' })],
    ['.stateContainer` is the `container` of the site', azure({ accountUrl, stateContainer: '$web' })],
    ['.storageClass` is `DEEP_ARCHIVE`', s3({ storageClass: 'DEEP_ARCHIVE' })],
    ['` has no option `defaultContentType`', s3({ defaultContentType: 'text/html' })],
    ['` has no option `secretAcessKey`', s3({ secretAcessKey: 'hidden' })],
    ['.endpoint` is `nowhere`', s3({ endpoint: 'nowhere' })],
    ['.forcePathStyle` is `yes`', s3({ forcePathStyle: 'yes' })],
    ['.region` is an empty string', s3({ region: '' })],
    ['.profile` is `5`', s3({ profile: 5 })],
    ['.acl` is a list', s3({ acl: ['public-read'] })],
    ['.secretAccessKey` is a list', s3({ accessKeyId: 'a', secretAccessKey: ['hidden'] })],
    ['.secretAccessKey` is an empty string', s3({ accessKeyId: 'a', secretAccessKey: '' })],
    ['.accessKeyId` is a number', s3({ accessKeyId: 1234, secretAccessKey: 'hidden' })],
    ['.sessionToken` is a function', s3({ sessionToken: () => 'hidden' })],
    ['.bucket` is missing', { backend: 's3' }],
    ['.bucket` is missing', { backend: 'gcs' }],
    ['.bucket` is missing', { backend: 'gcs', bucket: undefined }],
    ['.bucket` is an empty string', { backend: 'gcs', bucket: '' }],
    ['.path` is missing', { backend: 'directory' }],
    ['.path` is `5`', { backend: 'directory', path: 5 }],
    ['` has both `keyFilename` and `credentials`', gcs({ keyFilename: 'a', credentials: {} })],
    ['.credentials` is a string', gcs({ credentials: '{"private_key":"hidden"}' })],
    ['.credentials` is a list', gcs({ credentials: [{ private_key: 'hidden' }] })],
    ['.keyFilename` is an object', gcs({ keyFilename: { private_key: 'hidden' } })],
    ['.apiEndpoint` is `nowhere`', gcs({ apiEndpoint: 'nowhere' })],
    ['.apiEndpoint` is a string that may hold a secret', gcs({ apiEndpoint: 'htps://me:hidden@host' })],
    ['` has no option `projectId`', gcs({ projectId: 'x' })],
    ['` has neither `connectionString` nor `accountUrl`', { backend: 'azure' }],
    ['` has both `connectionString` and `accountUrl`', azure({ connectionString: 'a', accountUrl })],
    ['` has `connectionString` and other credentials', azure({ connectionString: 'a', sasToken: 'b' })],
    ['` has `connectionString` and other credentials', azure({ connectionString: 'a', credential })],
    ['.connectionString` is an object', azure({ connectionString: { AccountKey: 'hidden' } })],
    ['` has both `sasToken` and `credential`', azure({ accountUrl, sasToken: 'a', credential })],
    ['.sasToken` is a number', azure({ accountUrl, sasToken: 1234 })],
    ['.connectionString` is a number', azure({ connectionString: 1234 })],
    ['.secretAccessKey` is a number', s3({ accessKeyId: 'a', secretAccessKey: 1234 })],
    ['.sessionToken` is a number', s3({ sessionToken: 1234 })],
    ['.credentials` is a number', gcs({ credentials: 1234 })],
    ['.container` is an empty string', azure({ accountUrl, container: '' })],
    ['.accountUrl` has a query', azure({ accountUrl: `${accountUrl}?sig=hidden` })],
    [
      '.accountUrl` is a string that may hold a secret',
      azure({ accountUrl: 'AccountName=example;AccountKey=hidden' }),
    ],
    ['.accountUrl` is a string that may hold a secret', azure({ accountUrl: 'example/?sv=1&sig=hidden' })],
    ['.accountUrl` has a user name or password', azure({ accountUrl: 'https://me:hidden@host/' })],
    ['.accountUrl` is a string that may hold a secret', azure({ accountUrl: 'me:hidden@host' })],
    ['.endpoint` is a string that may hold a secret', s3({ endpoint: 'me:hidden@host' })],
    ['.apiEndpoint` is a string that may hold a secret', gcs({ apiEndpoint: 'me:hidden@host' })],
    ['.publicUrl` is a string that may hold a secret', s3({ publicUrl: 'me:hidden@host' })],
    [
      '.publicUrl` has a user name or password with a `%` that stands for nothing',
      s3({ publicUrl: 'https://me:hidden%ZZ@host/' }),
    ],
    [
      '.endpoint` has a user name or password with a `%` that stands for nothing',
      s3({ endpoint: 'https://%ZZ@host/' }),
    ],
    ...['{"private_key":"hidden"}', '-----BEGIN PRIVATE KEY-----hidden', 'eyJhidden.token'].map(
      (endpoint): [string, object] => ['.endpoint` is a string that may hold a secret', s3({ endpoint })],
    ),
    ['.credential` has no `getToken`', azure({ accountUrl, credential: { clientSecret: 'hidden' } })],
    ['.credential` has no `getToken`', azure({ accountUrl, credential: null })],
    ['.backend` is missing', {}],
    ['.backend` is `toString`', { backend: 'toString' }],
    ['` is a string', 'AccountName=example;AccountKey=hidden' as unknown as object],
    ['` is a list', [s3({ secretAccessKey: 'hidden' })]],
    ['` is a promise', Promise.resolve(s3({}))],
    ['` is a function', () => s3({})],
  ])('`publish.default%s is refused', (message, target) => {
    expect(() => resolved(target)).toThrow(
      expect.objectContaining({
        code: 'OPTION_INVALID',
        message: `\`publish.default${message}`,
        hint: expect.not.stringContaining('hidden'),
      }),
    )
  })

  test.each([
    ['S3', 'Did you mean `s3`?'],
    ['azur', 'Did you mean `azure`?'],
    ['ftp', 'It may be `directory`, `s3`, `gcs`, `azure` or a storage of your own.'],
  ])('that are of no storage, `%s`, are told with others that are wrong', (backend, hint) => {
    expect(() => resolved({ backend })).toThrow(
      expect.objectContaining({ message: `\`publish.default.backend\` is \`${backend}\``, hint }),
    )
    expect(() => resolved({ backend, publicUrl: 'www', bucket: 'b' })).toThrow(
      [
        'distill() has 2 wrong options',
        '  `publish.default.publicUrl` is `www`. It must be a full address such as `https://www.example.com/`.',
        `  \`publish.default.backend\` is \`${backend}\`. ${hint}`,
      ].join('\n'),
    )
  })

  test('that hold objects of the user’s hand on those very objects', () => {
    class Credential {
      readonly #secret = 'hidden'
      getToken = async () => ({ token: this.#secret, expiresOnTimestamp: 0 })
    }
    const identity = new Credential()
    expect(resolved(azure({ accountUrl, credential: identity }))).toHaveProperty('credential', identity)
    const circular: Record<string, unknown> = { private_key: 'hidden' }
    circular.self = circular
    const target = resolved(gcs({ credentials: circular })) as { credentials: object }
    expect(target.credentials).toBe(circular)
    expect(Object.isFrozen(circular)).toBe(false)
  })
})
