import { expect, it } from 'vitest'
import { foreignApp } from './foreign-app.ts'
import { expectSameInShards } from './in-shards.ts'

const viteConfig = (options: string) => `import { tanstackStart } from '@tanstack/react-start/plugin/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import distill from 'vite-distill'
export default defineConfig({ base: '/docs/', plugins: [tanstackStart(), react(), distill(${options})] })
`

const sources = {
  'src/server.ts': `import handler from '@tanstack/react-start/server-entry'
import { page } from 'vite-distill/app'
export default { fetch: (request: Request) => handler.fetch(request) }
const posts = () => ['first', 'second'].map((slug) => page({ slug }, { cacheKey: 'v1' }))
export const distillRoutes = [{ route: '/' }, { route: '/posts/:slug', distillParams: posts }]
`,
  'src/router.tsx': `import { createRouter } from '@tanstack/react-router'
import { routeTree } from './routeTree.gen'
export const getRouter = () => createRouter({ routeTree })
`,
  'src/routes/__root.tsx': `import { HeadContent, Outlet, Scripts, createRootRoute } from '@tanstack/react-router'
export const Route = createRootRoute({
  component: () => (
    <html lang="en"><head><HeadContent /></head><body><Outlet /><Scripts /></body></html>
  ),
})
`,
  'src/routes/index.tsx': `import { Link, createFileRoute } from '@tanstack/react-router'
export const Route = createFileRoute('/')({
  component: () => <Link to="/posts/$slug" params={{ slug: 'first' }}>The first</Link>,
})
`,
  'src/routes/posts.$slug.tsx': `import { createFileRoute } from '@tanstack/react-router'
export const Route = createFileRoute('/posts/$slug')({
  loader: ({ params }) => \`The \${params.slug} post\`,
  component: () => <main>{Route.useLoaderData()}</main>,
})
`,
}

it('TanStack Start, whose router knows `base`, is distilled with `requestBase`', async () => {
  const app = await foreignApp(undefined, {
    node24: true,
    packages: [
      'vite@8',
      '@vitejs/plugin-react@6',
      'react@19',
      'react-dom@19',
      // A major version alone would give an old one: npm prefers those that run on its own Node.
      '@tanstack/react-start@~1.169.5',
      '@tanstack/react-router@~1.170.0',
    ],
  })
  for (const [path, text] of Object.entries(sources)) await app.write(path, text)
  await app.write(
    'package.json',
    JSON.stringify({ ...JSON.parse(await app.read('package.json')), type: 'module' }),
  )

  await app.write('vite.config.ts', viteConfig("{ entry: 'src/server.ts' }"))
  const refused = await app.run('vite', ['build'])
  expect(refused.exitCode).toBe(1)
  expect(refused.stderr).toContain(
    "it answered 307, a redirect to `/docs/posts/first`, where 200 was expected: the app knows Vite's `base`; set the option `requestBase: true`",
  )

  await app.write('vite.config.ts', viteConfig("{ entry: 'src/server.ts', requestBase: true }"))
  const built = await app.run('vite', ['build'])
  expect(built.exitCode, built.stderr).toBe(0)
  expect(await app.read('dist/static/index.html')).toContain('<a href="/docs/posts/first">The first</a>')
  const post = await app.read('dist/static/posts/second/index.html')
  expect(post).toContain('<main>The second post</main>')
  const [, script] = /src="\/docs\/(assets\/[^"]+\.js)"/.exec(post)!
  expect(await app.read(`dist/static/${script}`)).not.toBe('')

  const { stdout } = await app.run('vite-distill', ['check', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({
    pages: 3,
    broken: [],
    redirected: [{ url: '/docs/posts/first', instead: '/docs/posts/first/', referrers: ['/docs/'] }],
    unlinked: ['/docs/posts/second/'],
  })

  // Its bundle is the same in each build, and its pages hold the time at which their data was loaded.
  const stale = await app.run('vite', ['build'])
  expect(stale.exitCode).toBe(1)
  expect(stale.stderr).toContain('1 of 1 audited page changed')
  await app.write(
    'vite.config.ts',
    viteConfig("{ entry: 'src/server.ts', requestBase: true, cache: { audit: 0 } }"),
  )
  expect((await app.run('vite', ['build'])).stdout).toContain('rendered all pages: the Vite config changed')
  expect((await app.run('vite', ['build'])).stdout).toContain('rendered 1, kept 2 (0 of them audited)')

  // Without that time, the pages are the same wherever they are rendered.
  const transform = '({ text }) => ({ body: text().replace(/\\bu:\\d{13}/g, "u:0") })'
  await app.write(
    'vite.config.ts',
    viteConfig(`{ entry: 'src/server.ts', requestBase: true, transform: ${transform} }`),
  )
  expect(await app.run('vite', ['build'])).toMatchObject({ exitCode: 0 })
  await expectSameInShards(app)
})
