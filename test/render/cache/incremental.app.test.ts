import { expect, it } from 'vitest'
import { type App, createApp, serverEntry, viteConfig } from '../../app.ts'

/** An app whose posts are read from a file when it runs, so that an edit of them changes no bundle. */
export const blogEntry = serverEntry(
  `'/': { distill: true, distillCacheKey: () => posts().map(({ slug }) => slug).join(), default: () => page(posts().map(({ slug }) => slug).join()) },
  '/posts/:slug': {
    distillParams: () => posts().map(({ slug, version, text }) => known({ slug }, { cacheKey: version ?? text, lastmod: '2026-01-01' })),
    default: (event) => page(posts().find(({ slug }) => slug === event.context.params.slug).text),
  },`,
  `import { readFileSync } from 'node:fs'
import { page as known } from 'vite-distill/app'
const posts = () => JSON.parse(readFileSync('posts.json', 'utf8'))`,
)

const write = (app: App, posts: Record<string, string>) =>
  app.write({
    'posts.json': JSON.stringify(Object.entries(posts).map(([slug, text]) => ({ slug, text }))),
  })

it('keeps the pages whose keys have not changed', async () => {
  const app = await createApp({ 'src/entry-server.ts': blogEntry, 'vite.config.ts': viteConfig('{}') })
  await write(app, { a: 'one', b: 'two', c: 'three' })
  console.log(await app.build())
  console.log(await app.build())
  await write(app, { a: 'one', b: 'changed', c: 'three' })
  console.log((await app.distill('render', '--json')).stdout)
  expect(await app.read('dist/static/posts/b/index.html')).toContain('changed')
})
