import { beforeAll, describe, expect, it } from 'vitest'
import { type App, createApp, serverEntry, viteConfig } from '../app.ts'

const entry = serverEntry(
  `
  '/': { distill: true, default: () => html('<a href="/posts/a">A</a><a href="/posts/b/#x">B</a><a href="/logo.svg">L</a><img src="/posts/image">') },
  '/posts/:slug': {
    distill: 'linked',
    default: (event) => {
      const { slug } = event.context.params
      const next = { a: '<a href="../c%20c/">C</a><a href="/">Home</a>', 'c%20c': '<a href="/notes/1">N</a>', b: '<p id=x>' }[slug]
      return next === undefined ? new Response('no', { status: 404 }) : html(next)
    },
  },
  '/posts/new': { default: () => html('form') },
  '/notes/:id': { distill: 'linked', distillFile: 'notes/{id}.html', default: () => html(process.env.NOTE ?? '<a href="/posts/a/">A</a>') },
  '/:file': { distill: 'linked', default: () => html('never') },`,
  "const html = (text) => new Response('<!doctype html>' + text, { headers: { 'content-type': 'text/html' } })",
)

let app: App
beforeAll(async () => {
  app = await createApp({
    'src/entry-server.ts': entry,
    'public/logo.svg': '<svg/>',
    'vite.config.ts': viteConfig("{ cache: false, links: { ignore: ['/posts/image', '/notes/1'] } }"),
  })
})

const pages = async () => (await app.files('dist/static')).filter((file) => file.endsWith('.html'))

describe("`distill = 'linked'`", () => {
  it('renders what pages link to, in rounds, and nothing else', async () => {
    await app.write({
      'vite.config.ts': viteConfig("{ cache: false, links: { ignore: ['/posts/image'], missing: 'warn' } }"),
    })
    const output = await app.build()
    expect(await pages()).toEqual([
      'index.html',
      'notes/1.html',
      'posts/a/index.html',
      'posts/b/index.html',
      'posts/c c/index.html',
    ])
    expect(output).toContain('5 pages')
    expect((await app.manifest()).get('posts/c c/index.html')).toMatchObject({
      route: '/posts/:slug',
      params: { slug: 'c c' },
    })
    // `/notes/1` is not where its file is.
    expect(output).toContain('is `/notes/1.html` meant?')
  })

  it('works with `links: false`, keeps what `--only` does not render, and drops what nothing links to', async () => {
    await app.write({ 'vite.config.ts': viteConfig('{ cache: false, links: false }') })
    expect((await app.distill('render', '--only', 'index')).exitCode).toBe(0)
    expect(await pages()).toHaveLength(5)
    app.env.NOTE = '<p>'
    await app.write({ 'src/entry-server.ts': entry.replace('<a href="../c%20c/">C</a>', '') })
    await app.build()
    expect(await pages()).toEqual(['index.html', 'posts/a/index.html', 'posts/b/index.html'])
  })

  it('names who links to a page that fails, and leaves out what another route answers', async () => {
    await app.write({
      'src/entry-server.ts': entry.replace(
        '<p id=x>',
        '<a href="/posts/gone">G</a><a href="/posts/new">N</a>',
      ),
    })
    await app.vite('build')
    const { exitCode, stderr } = await app.distill('render')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('1 page could not be rendered')
    expect(stderr).toContain(
      '`/posts/gone` (route `/posts/:slug`, params `{"slug":"gone"}`), linked from `/posts/b/`',
    )
  })
})
