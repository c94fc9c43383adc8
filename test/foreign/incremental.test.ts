import { expect, it } from 'vitest'
import { type ForeignApp, foreignApp } from './foreign-app.ts'
import { expectSameInShards } from './in-shards.ts'

const config = (plugins: string, options: string, imports = '') => `import distill from 'vite-distill'
${imports}
export default { plugins: [${plugins} distill(${options})] }
`

async function setModule(app: ForeignApp): Promise<void> {
  const manifest = JSON.parse(await app.read('package.json')) as object
  await app.write('package.json', JSON.stringify({ ...manifest, type: 'module' }))
}

async function build(app: ForeignApp): Promise<string> {
  const { exitCode, stdout, stderr } = await app.run('vite', ['build'])
  expect(exitCode, stderr).toBe(0)
  return stdout
}

it('Hono keeps pages by their keys, and by the ETags of its middleware', async () => {
  const app = await foreignApp(undefined, { packages: ['vite@8', 'hono@4'] })
  await setModule(app)
  await app.write('vite.config.ts', config('', '{}'))
  await app.write('posts.json', '{ "first": "one", "second": "two" }')
  await app.write(
    'src/entry-server.tsx',
    `/** @jsxImportSource hono/jsx */
    import { readFileSync } from 'node:fs'
    import { Hono } from 'hono'
    import { etag } from 'hono/etag'
    import { page } from 'vite-distill/app'
    const posts = () => JSON.parse(readFileSync('posts.json', 'utf8'))
    const app = new Hono()
    app.use(etag())
    app.get('/', (c) => c.html(<ul>{Object.keys(posts()).map((slug) => <li>{slug}</li>)}</ul>))
    app.get('/feed.xml', (c) => c.body(\`<feed>\${Object.values(posts())}</feed>\`, 200, { 'content-type': 'text/xml' }))
    app.get('/posts/:slug', (c) => c.html(<p>{posts()[c.req.param('slug')]}</p>))
    export default app
    export const distillRoutes = [
      { route: '/' },
      { route: '/feed.xml' },
      { route: '/posts/:slug', distillParams: () => Object.entries(posts()).map(([slug, text]) => page({ slug }, { cacheKey: text })) },
    ]`,
  )
  await build(app)
  expect(await build(app)).toContain('rendered 0, kept 4 (1 of them audited)')

  await app.write('posts.json', '{ "first": "one", "second": "edited" }')
  expect(await build(app)).toContain('rendered 2, kept 2 (1 of them audited)')
  expect(await app.read('dist/static/posts/second/index.html')).toBe('<p>edited</p>')
  expect(await app.read('dist/static/feed.xml')).toBe('<feed>one,edited</feed>')
})

it('Vike has the same bundle in each build', async () => {
  const packages = ['vike@0.4', 'vike-react@0.6', 'react@19', 'react-dom@19', '@vitejs/plugin-react@6']
  const app = await foreignApp(undefined, { packages: [...packages, 'vite@8'] })
  await setModule(app)
  await app.write(
    'vite.config.ts',
    config(
      'react(), vike(),',
      '{}',
      "import react from '@vitejs/plugin-react'\nimport vike from 'vike/plugin'",
    ),
  )
  await app.write(
    'pages/+config.ts',
    "import react from 'vike-react/config'\nexport default { extends: [react] }",
  )
  await app.write('pages/index/+Page.tsx', 'export default () => <h1>Home</h1>')
  await app.write(
    'src/entry-server.ts',
    `import { renderPage } from 'vike/server'
    export default async function fetch(request) {
      const { httpResponse } = await renderPage({ urlOriginal: request.url })
      return new Response(httpResponse.body, { status: httpResponse.statusCode, headers: httpResponse.headers })
    }
    export const distillRoutes = [{ route: '/', distillCacheKey: 'v1' }]`,
  )
  await build(app)
  expect(await build(app)).toContain('rendered 0, kept 1 (1 of them audited)')
  await expectSameInShards(app)
})
