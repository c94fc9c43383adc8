import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const s3 = { backend: 's3', bucket: 'www', endpoint: 'http://127.0.0.1:1' }
const accountUrl = 'https://example.blob.core.windows.net'

describe('an installation without the SDKs', () => {
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vite-distill-sdk-'))
    await build({
      configFile: false,
      logLevel: 'warn',
      build: {
        ssr: true,
        rolldownOptions: {
          input: ['backends/open', 'publish/purge/purge'].map((file) =>
            join(import.meta.dirname, `../../src/${file}.ts`),
          ),
        },
        outDir: folder,
        emptyOutDir: false,
      },
      // All but the SDKs.
      ssr: { noExternal: [/^(?!@aws-sdk|@google-cloud|@azure|google-auth-library)/] },
    })
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Opens a target in a process of its own. Resolves to the backend's name or to the error. */
  async function open(
    target: object,
  ): Promise<{ name?: string; code?: string; message?: string; hint?: string }> {
    const code = `
      const { openBackend } = await import('./open.js')
      const tell = ({ name, code, message, hint }) => console.log(JSON.stringify({ name, code, message, hint }))
      await openBackend(${JSON.stringify(target)}, '.').then(tell, tell)`
    const { stdout } = await execa('node', ['--input-type=module', '--eval', code], { cwd: folder })
    return JSON.parse(stdout) as object
  }

  function install(name: string, files: Record<string, string>): void {
    const path = join(folder, 'node_modules', name)
    mkdirSync(path, { recursive: true })
    for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
  }

  test('publishes to a directory', async () => {
    expect(await open({ backend: 'directory', path: 'www' })).toEqual({ name: `${join(folder, 'www')}/` })
  })

  test.each([
    ['@aws-sdk/client-s3', s3],
    ['@google-cloud/storage', { backend: 'gcs', bucket: 'www' }],
    ['@azure/storage-blob', { backend: 'azure', accountUrl }],
  ])('says to install `%s` where it is needed', async (name, target) => {
    expect(await open(target)).toMatchObject({
      code: 'SDK_MISSING',
      message: expect.stringContaining(`\`${name}\``) as string,
      hint: `npm install --save-dev ${name}`,
    })
  })

  test('says to install `@aws-sdk/client-cloudfront` where a target purges it', async () => {
    const code = `
      const { openPurge } = await import('./purge.js')
      const target = { backend: 'directory', path: 'www', purge: { cloudfront: { distributionId: 'E1' } } }
      await openPurge('www', target, { root: 'https://x.test/' }, '.').catch(({ hint }) => console.log(hint))`
    const { stdout } = await execa('node', ['--input-type=module', '--eval', code], { cwd: folder })
    expect(stdout).toBe('npm install --save-dev @aws-sdk/client-cloudfront')
  })

  test('says to install `@azure/identity` only where nothing else signs in', async () => {
    install('@azure/storage-blob', {
      'package.json': '{"name":"@azure/storage-blob","type":"module","exports":"./index.js"}',
      'index.js': `export class ContainerClient { url = '${accountUrl}/$web' }; export class AnonymousCredential {}`,
    })
    expect(await open({ backend: 'azure', accountUrl })).toMatchObject({
      code: 'SDK_MISSING',
      hint: 'npm install --save-dev @azure/identity',
    })
    expect(await open({ backend: 'azure', accountUrl, sasToken: 'sig=x' })).toEqual({
      name: `${accountUrl}/$web/`,
    })
  })

  test.each([
    ['lacks one of its own', `import '@smithy/core'`],
    ['lacks a file of its own', `import '@aws-sdk/client-s3/missing.js'`],
    ['throws', `throw new Error('broken')`],
  ])('does not call the SDK missing when it %s', async (_, content) => {
    install('@aws-sdk/client-s3', {
      'package.json': '{"name":"@aws-sdk/client-s3","type":"module","exports":"./index.js"}',
      'index.js': content,
    })
    const { code, hint } = await open(s3)
    expect(code).toBe('CONFIG_FAILED')
    expect(hint).toContain('broken')
  })
})
