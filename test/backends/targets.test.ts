import { describe, expect, test } from 'vitest'
import { resolveOptions, type Target } from '../../src/options.ts'

const resolved = (target: object) =>
  resolveOptions({ publish: { default: target as Target } }, { root: '/', base: '/' }).publish.default

const s3 = (options: object) => ({ backend: 's3', bucket: 'www', ...options })
const accountUrl = 'https://example.blob.core.windows.net'
const credential = { getToken: async () => null }

describe('the options of a storage', () => {
  test.each<object>([
    { backend: 's3', bucket: 'www', profile: 'site', acl: 'public-read', storageClass: 'STANDARD_IA' },
    { backend: 'gcs', bucket: 'www' },
    { backend: 'gcs', bucket: 'www', keyFilename: 'key.json', apiEndpoint: 'http://127.0.0.1:1' },
    { backend: 'gcs', bucket: 'www', credentials: { client_email: 'a', private_key: 'b' } },
    { backend: 'azure', connectionString: 'UseDevelopmentStorage=true', container: 'www' },
    { backend: 'azure', accountUrl },
    { backend: 'azure', accountUrl, sasToken: 'sv=…' },
    { backend: 'azure', accountUrl, credential },
  ])('that go together are taken: %o', (target) => {
    expect(resolved(target)).toEqual(target)
  })

  test.each<[why: RegExp, target: object]>([
    [/both `accessKeyId` and `profile`/, s3({ accessKeyId: 'a', secretAccessKey: 'b', profile: 'c' })],
    [/only one of `accessKeyId` and `secretAccessKey`/, s3({ accessKeyId: 'a' })],
    [/`storageClass` `GLACIER`/, s3({ storageClass: 'GLACIER' })],
    [/`storageClass` `DEEP_ARCHIVE`/, s3({ storageClass: 'DEEP_ARCHIVE' })],
    [/no option `defaultContentType`/, s3({ defaultContentType: 'text/html' })],
    [/`publish.default.endpoint` is `nowhere`/, s3({ endpoint: 'nowhere' })],
    [/needs `bucket`/, { backend: 'gcs' }],
    [
      /both `keyFilename` and `credentials`/,
      { backend: 'gcs', bucket: 'www', keyFilename: 'a', credentials: {} },
    ],
    [/`publish.default.apiEndpoint` is `nowhere`/, { backend: 'gcs', bucket: 'www', apiEndpoint: 'nowhere' }],
    [/no option `projectId`/, { backend: 'gcs', bucket: 'www', projectId: 'x' }],
    [/neither `connectionString` nor `accountUrl`/, { backend: 'azure' }],
    [/both `connectionString` and `accountUrl`/, { backend: 'azure', connectionString: 'a', accountUrl }],
    [/`connectionString` and other credentials/, { backend: 'azure', connectionString: 'a', sasToken: 'b' }],
    [/`connectionString` and other credentials/, { backend: 'azure', connectionString: 'a', credential }],
    [/both `sasToken` and `credential`/, { backend: 'azure', accountUrl, sasToken: 'a', credential }],
    [/has a query/, { backend: 'azure', accountUrl: `${accountUrl}?sig=hidden` }],
    [
      /`publish.default.credential` has no `getToken`/,
      { backend: 'azure', accountUrl, credential: { clientSecret: 'hidden' } },
    ],
  ])('that do not are refused: %s', (why, target) => {
    expect(() => resolved(target)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
    expect(() => resolved(target)).toThrow(why)
    expect(() => resolved(target)).not.toThrow(/hidden/)
  })
})
