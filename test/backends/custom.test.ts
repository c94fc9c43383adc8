import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Backend } from '../../src/backends/backend.ts'
import { openBackend } from '../../src/backends/open.ts'
import { resolveOptions, type Target } from '../../src/options.ts'
import { contract } from './contract.ts'
import { example, loadExample, root } from './example.ts'

const folder = mkdtempSync(join(tmpdir(), 'vite-distill-custom-'))
afterAll(() => rmSync(folder, { recursive: true }))

contract('the example in the documentation', async () => {
  const memoryBackend = await loadExample()
  return {
    backend: await openBackend({ backend: memoryBackend }, root),
    unordered: true,
    simple: true,
    close: async () => {},
  }
})

test('the example has at most 50 lines, and its types are right', async () => {
  expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(50)
  const typed = mkdtempSync(join(folder, 'typed-'))
  writeFileSync(join(typed, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(typed, 'memory-backend.ts'), example)
  writeFileSync(
    join(typed, 'vite.config.ts'),
    `import distill from 'vite-distill'
     import { memoryBackend } from './memory-backend.ts'
     export default [
       distill({ publish: { default: { backend: memoryBackend } } }),
       distill({ publish: { default: { backend: async () => memoryBackend(), prefix: 'blog' } } }),
       distill({ publish: { default: { backend: memoryBackend() } } }),
       // @ts-expect-error a storage of one's own has no bucket
       distill({ publish: { default: { backend: memoryBackend(), bucket: 'www' } } }),
       // @ts-expect-error there is no such storage
       distill({ publish: { default: { backend: 'ftp' } } }),
       // @ts-expect-error it lacks most of it
       distill({ publish: { default: { backend: { name: 'x', list: memoryBackend().list } } } }),
     ]`,
  )
  writeFileSync(
    join(typed, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        paths: { 'vite-distill': [join(root, 'src/index.ts')], '*': [join(root, 'node_modules/*')] },
        typeRoots: [join(root, 'node_modules/@types')],
      },
      include: ['.'],
    }),
  )
  const { stdout } = await execa('npx', ['tsc', '-p', typed, '--listFiles'], { cwd: root, reject: false })
  const lines = stdout.split('\n')
  const isOfExample = (line: string) => /memory-backend|vite\.config|tsconfig/.test(line)
  // Types of the project itself are checked elsewhere.
  expect(lines.filter((line) => line.includes('error TS') && isOfExample(line))).toEqual([])
  expect(lines).toContain(join(typed, 'memory-backend.ts'))
})

describe('a storage of one’s own as an option', () => {
  let memoryBackend: () => Backend

  beforeAll(async () => {
    memoryBackend = await loadExample()
  })

  const resolved = (target: unknown) =>
    resolveOptions({ publish: { default: target as Target } }, { root, base: '/' }).publish.default!
  const without = (name: keyof Backend) => ({ ...memoryBackend(), [name]: undefined })

  test('is an object, or a function that is called only when it is needed', async () => {
    const backend = memoryBackend()
    expect(await openBackend(resolved({ backend }), root)).toBe(backend)
    let opened = 0
    const target = resolved({ backend: async () => (opened++, backend), publicUrl: 'http://localhost/' })
    expect(opened).toBe(0)
    expect(await openBackend(target, root)).toBe(backend)
  })

  test.each([
    'name',
    'list',
    'get',
    'put',
    'remove',
    'maxRemove',
    'conditional',
    'conditionalRemove',
    'keepsHeaders',
  ] as const)('without `%s` is OPTION_INVALID', async (name) => {
    const code = { code: 'OPTION_INVALID', message: expect.stringContaining(`\`${name}\``) as string }
    expect(() => resolved({ backend: without(name) })).toThrow(expect.objectContaining(code))
    const late = openBackend(resolved({ backend: () => without(name) }), root)
    await expect(late).rejects.toMatchObject(code)
  })

  test.each<[string, unknown, RegExp]>([
    ['an unknown name', { backend: 'ftp' }, /`publish.default.backend` is `ftp`/],
    ['no backend', {}, /`publish.default.backend` is missing/],
    ['`null`', { backend: null }, /`publish.default.backend` is `null`/],
    ['an option of another storage', { backend: () => memoryBackend(), bucket: 'www' }, /no option `bucket`/],
  ])('with %s is rejected', (_, target, why) => {
    expect(() => resolved(target)).toThrow(why)
  })

  test('that opens nothing is rejected', async () => {
    const opened = openBackend(resolved({ backend: () => undefined }), root)
    await expect(opened).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })
})
