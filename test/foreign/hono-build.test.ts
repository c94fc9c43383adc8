import { beforeAll, describe, expect, it } from 'vitest'
import { type ForeignApp, foreignApp } from './foreign-app.ts'
import { expectSameInShards } from './in-shards.ts'

const server = `import { Hono } from 'hono'
const app = new Hono()
app.get('/', (c) => c.html('<!doctype html><h1>Home</h1>'))
app.get('/db', (c) => c.text('postgres://user:password@db'))
export const distillRoutes = [{ route: '/' }]
export default app
`
const config = (preset: string, distill: string, more = '') => `import { defineConfig } from 'vite'
import build from '@hono/vite-build/${preset}'
import devServer from '@hono/vite-dev-server'
import distill from 'vite-distill'
const entry = 'src/index.tsx'
export default defineConfig({
  plugins: [devServer({ entry }), build({ entry }), distill({ entry: '${distill}' })],
  ${more}
})
`

describe('@hono/vite-build beside distill()', () => {
  let app: ForeignApp
  beforeAll(async () => {
    const packages = ['vite@8', 'hono@4', '@hono/vite-build@1', '@hono/vite-dev-server@0.26']
    app = await foreignApp(undefined, { packages })
    await app.write('package.json', '{ "name": "app", "type": "module" }')
    await app.write('src/index.tsx', server)
    await app.write('src/static.ts', "export { default, distillRoutes } from './index.tsx'\n")
    await app.write('src/client.ts', "document.title = 'client'\n")
  })

  it.each([
    ['node', 'src/index.tsx', '`index.js` holds the server entry `src/index.tsx`'],
    ['node', 'src/static.ts', '`index.js` imports `'],
    ['cloudflare-pages', 'src/static.ts', '`_worker.js` is built from `virtual:build-entry-module`'],
  ])('does not publish the server: %s, distill({ entry: %j })', async (preset, entry, words) => {
    await app.write('vite.config.ts', config(preset, entry))
    const { exitCode, stdout, stderr } = await app.run('vite', ['build'])
    expect(exitCode).toBe(1)
    expect(stdout + stderr).toContain(words)
    expect(stderr).toContain('Remove that plugin (`@hono/vite-build`')
    await expect(app.read('dist/static.manifest.jsonl')).rejects.toThrow('ENOENT')
  })

  it('is fine where the client has its own input', async () => {
    const input = "environments: { client: { build: { rolldownOptions: { input: 'src/client.ts' } } } },"
    await app.write('vite.config.ts', config('node', 'src/index.tsx', input))
    expect(await app.run('vite', ['build'])).toMatchObject({ exitCode: 0 })
    expect(await app.read('dist/static/index.html')).toContain('<h1>Home</h1>')
    expect(await app.read('dist/static/index.js')).not.toContain('postgres')
    await expectSameInShards(app)
  })
})
