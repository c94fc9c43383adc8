import { expect, test, vi } from 'vitest'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Target } from '../../src/options.ts'
import { startS3 } from '../servers/s3.ts'
import { publish } from '../../src/publish/publish.ts'
import { faulty } from './faulty.ts'
import { blog, Project } from './project.ts'
import { expectNoSecret, keep, lookAt } from './secrets.ts'

test('a secret that is printed would be seen', async () => {
  const s3 = await startS3({ publicBuckets: ['www'] })
  const project = new Project()
  project.targets({
    default: {
      backend: 's3',
      bucket: 'www',
      endpoint: s3.url,
      accessKeyId: 'AKIAWRONGWRONG',
      secretAccessKey: 'a-secret/that+is=wrong',
      sessionToken: 'a-token-that-is-wrong',
    },
  })
  project.build(blog())
  for (const args of [
    ['publish'],
    ['publish', '-l', 'info'],
    ['publish', '--json'],
    ['test-publish'],
    ['unlock'],
  ])
    expect((await project.run(args)).exitCode).toBe(7)
  // What the commands printed, and what is in the project's folder.
  expect(expectNoSecret()).toEqual({ texts: 6, secrets: 3 })
  lookAt('this', () => 'the key is a-secret/that+is=wrong, said the library')
  expect(expectNoSecret).toThrow('this holds a secret')
  await s3.stop()
})

/** `--json` prints on stdout, `info` and the failure in words on stderr. */
const commands = ['publish', 'test-publish', 'unlock'].map((command) => [command, '--json', '-l', 'info'])

/** Whatever credentials this machine has. */
const noCredentials = {
  ...Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => /^(AWS|AZURE|GOOGLE)_/.test(name))
      .map((name) => [name, undefined]),
  ),
  AWS_CONFIG_FILE: '/none',
  AWS_SHARED_CREDENTIALS_FILE: '/none',
  AWS_EC2_METADATA_DISABLED: 'true',
}

const line = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7'
const privateKey = `-----BEGIN PRIVATE KEY-----\n${line}\n-----END PRIVATE KEY-----\n`
const keyFile = JSON.stringify({
  type: 'service_account',
  client_email: 'me@example.com',
  private_key: privateKey,
})
const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJoaWRkZW4ifQ.c2lnbmF0dXJl'
const gcs: Target = { backend: 'gcs', bucket: 'www' }
const s3: Target = { backend: 's3', bucket: 'www' }
const azure: Target = { backend: 'azure', accountUrl: 'https://127.0.0.1:1' }
const withToken = { AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/publisher', AWS_REGION: 'eu-west-1' }
const wrongFile = (name: string, content: string) => (project: Project) => {
  project.write(name, content)
  return { GOOGLE_APPLICATION_CREDENTIALS: join(project.root, name) }
}

test.each<
  [what: string, target: Target, env: Record<string, string> | ((project: Project) => Record<string, string>)]
>([
  ['`keyFilename` is the key', { ...gcs, keyFilename: keyFile }, {}],
  ['`GOOGLE_APPLICATION_CREDENTIALS` is the key', gcs, { GOOGLE_APPLICATION_CREDENTIALS: keyFile }],
  ['a credentials file is a private key', gcs, wrongFile('key.config.mjs', privateKey)],
  ['a credentials file is a token', gcs, wrongFile('token.config.mjs', token)],
  ['`AWS_WEB_IDENTITY_TOKEN_FILE` is the token', s3, { ...withToken, AWS_WEB_IDENTITY_TOKEN_FILE: token }],
  [
    '`AZURE_FEDERATED_TOKEN_FILE` is the token',
    azure,
    { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_FEDERATED_TOKEN_FILE: token },
  ],
  ['`publicUrl` has no scheme', { ...s3, publicUrl: `me:${token}@host` }, {}],
  ['`endpoint` has no scheme', { ...s3, endpoint: `me:${token}@host` }, {}],
  ['`apiEndpoint` has no scheme', { ...gcs, apiEndpoint: `me:${token}@host` }, {}],
  ['`accountUrl` has no scheme', { ...azure, accountUrl: `me:${token}@host` }, {}],
  ['`accountUrl` has a password', { ...azure, accountUrl: `https://me:${token}@host` }, {}],
  ['`publicUrl` cannot be decoded', { ...s3, publicUrl: `https://${token}:%ZZ@host/` }, {}],
  [
    '`AWS_ENDPOINT_URL` has no scheme',
    s3,
    {
      AWS_ENDPOINT_URL: `me:${token}@host`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIAHIDDEN',
      AWS_SECRET_ACCESS_KEY: 'hidden-key',
    },
  ],
  ['`HTTPS_PROXY` is no address', azure, { HTTPS_PROXY: `http://me:${token}@[` }],
])('where %s, every command exits with 2 and prints none of it', async (_, target, given) => {
  for (const secret of [line, token, token.split('.')[1]!]) keep(secret)
  const project = new Project()
  project.build(blog())
  project.targets({ default: target })
  const env = typeof given === 'function' ? given(project) : given
  await Promise.all(
    commands.map(async (args) => {
      const { exitCode, stderr } = await project.run(args, { env: { ...noCredentials, ...env } })
      expect(exitCode).toBe(2)
      expect(stderr).not.toContain('fault of vite-distill')
    }),
  )
  expect(expectNoSecret().texts).toBeGreaterThan(commands.length)
})

test('the lock and the state hold no token of the address of a CI job', async () => {
  keep(token)
  for (const name of ['GITHUB_REPOSITORY', 'GITHUB_RUN_ID', 'CI_JOB_URL']) vi.stubEnv(name, undefined)
  vi.stubEnv('BUILD_URL', `https://me:${token}@jenkins.example/job/7/?token=${token}`)
  const project = new Project()
  project.build(blog())
  const own = (name: string) => join(project.www, '.vite-distill', name)
  const locks = new Set<string>()
  const { open } = faulty(async (_, work) => {
    const result = await work()
    if (existsSync(own('lock.json'))) locks.add(readFileSync(own('lock.json'), 'utf8'))
    return result
  })
  await publish(project.options, undefined, {}, { open })
  vi.unstubAllEnvs()
  expect(locks.size).toBeGreaterThan(0)
  for (const lock of locks) {
    expect(JSON.parse(lock)).toMatchObject({ owner: 'https://jenkins.example/job/7/' })
    lookAt('the lock', () => lock)
  }
  lookAt('the state', () => readFileSync(own('state.json'), 'utf8'))
})
