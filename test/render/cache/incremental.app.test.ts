import { expect, it } from 'vitest'
import { type App, createApp, serverEntry, viteConfig } from '../../app.ts'

/** An app whose posts are read from a file when it runs, so that an edit of them changes no bundle. */
const blogEntry = serverEntry(
  `'/': { distill: true, distillCacheKey: () => posts().map(({ slug }) => slug).join(), default: () => page(posts().map(({ slug }) => slug).join()) },
  '/posts/:slug': {
    distillParams: () => posts().map(({ slug, version, text }) => known({ slug }, { cacheKey: version ?? text, lastmod: '2026-01-01' })),
    default: (event) => page(posts().find(({ slug }) => slug === event.context.params.slug).text),
  },`,
  `import { readFileSync } from 'node:fs'
import { page as known } from 'vite-distill/app'
const posts = () => JSON.parse(readFileSync('posts.json', 'utf8'))`,
)

interface Post {
  text: string
  version?: string
}

const write = (app: App, posts: Record<string, Post>) =>
  app.write({
    'posts.json': JSON.stringify(Object.entries(posts).map(([slug, post]) => ({ slug, ...post }))),
  })

interface Result {
  rendered: number
  kept: number
  audited: number
  reasons: { url: string; file: string; action: string; reason: string }[]
}

it('a build and `render` keep the pages whose keys have not changed, and audit them', async () => {
  const app = await createApp({
    'src/entry-server.ts': blogEntry,
    'vite.config.ts': viteConfig('{ cache: { audit: 1 } }'),
  })
  const posts = { a: { text: 'one' }, b: { text: 'two' }, c: { text: 'three', version: 'v1' } }
  const render = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await app.distill('render', '--json', ...args)
    return { exitCode, stderr, result: exitCode === 0 ? (JSON.parse(stdout) as Result) : undefined }
  }
  await write(app, posts)
  expect(await app.build()).not.toContain('kept')
  // The bundles are built again, and are the same.
  expect(await app.build()).toContain('rendered 0, kept 4 (4 of them audited)')

  posts.b.text = 'changed'
  await write(app, posts)
  const { result } = await render()
  expect(result).toMatchObject({ rendered: 1, kept: 3, audited: 3 })
  const kept = { action: 'kept', reason: 'its cache key is the same' }
  expect(result!.reasons).toEqual([
    { url: '/', file: 'index.html', ...kept },
    { url: '/posts/a', file: 'posts/a/index.html', ...kept },
    { url: '/posts/b', file: 'posts/b/index.html', action: 'rendered', reason: 'its cache key changed' },
    { url: '/posts/c', file: 'posts/c/index.html', ...kept },
  ])
  expect(await app.read('dist/static/posts/b/index.html')).toContain('changed')

  // The key of a page lies.
  posts.c.text = 'another three'
  await write(app, posts)
  const beside = ['dist/static.manifest.jsonl', 'dist/static.cache.jsonl', 'dist/static/posts/c/index.html']
  const before = await Promise.all(beside.map((file) => app.read(file)))
  const stale = await render()
  expect(stale.exitCode).toBe(1)
  expect(stale.stderr).toContain('1 of 4 audited pages changed')
  expect(stale.stderr).toMatch(
    /`\/posts\/c` \(route `\/posts\/:slug`\), cache key `v1`, line 3\n.*three.*\n.*another three/,
  )
  expect(await app.vite('build')).toMatchObject({ exitCode: 1 })
  expect(await Promise.all(beside.map((file) => app.read(file)))).toEqual(before)

  const forced = await render('--force')
  expect(forced.result).toMatchObject({ rendered: 4, kept: 0, audited: 0 })
  expect(forced.stderr).toContain('page `/posts/c`: it changed, and its cache key did not')
  expect(await app.read('dist/static/posts/c/index.html')).toContain('another three')
  expect((await render('--verify')).result).toMatchObject({ rendered: 4, kept: 0 })
  expect((await render()).result).toMatchObject({ rendered: 0, kept: 4, audited: 4 })
})
