import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type App, createApp, serverEntry, viteConfig } from '../app.ts'

/** The posts are in a file, so that their content can change without a build of the server. */
const entry = serverEntry(
  `
  '/': { distill: true, default: () => page('home <a href="/docs/all.json">all</a> <a href="/docs/p/b/">b</a>') },
  '/p/:slug': {
    distillParams: () => Object.entries(posts()).map(([slug, text]) =>
      known({ slug }, { cacheKey: text, lastmod: slug === 'b' ? '2026-01-31' : undefined })),
    default: ({ context: { params: { slug } } }) => page('post ' + posts()[slug] + ' <a href="/docs/q/linked/">q</a>'),
  },
  '/q/:name': { distill: 'linked', default: ({ context: { params: { name } } }) => page('found ' + name) },
  '/A.txt': { distill: true, default: () => new Response('plain', { headers: { 'content-type': 'text/plain' } }) },
  '/404': { distill: true, distillStatus: 404, default: () => page('missing', { status: 404, headers: { 'content-type': 'text/html', 'x-robots-tag': 'noindex' } }) },
  '/moved': { distill: true, distillStatus: 301, default: () => new Response('', { status: 301, headers: { location: '/docs/' } }) },`,
  `import { readFileSync } from 'node:fs'
import { page as known } from 'vite-distill/app'
const posts = () => JSON.parse(readFileSync('posts.json', 'utf8'))`,
)

/** What `rendered` does is in a file that the fingerprint does not know. */
const config = viteConfig(
  `{
  origin: 'https://www.example.com',
  sitemap: true,
  fallback: '200.html',
  hostFiles: ['_headers'],
  links: { fragments: false },
  redirects: { '/old': '/' },
  transform: (page) => page.file === 'A.txt' ? { body: page.text() + ' and transformed' } : undefined,
  rendered: async (site) => {
    appendFileSync('calls.txt', 'called\\n')
    await (await import(pathToFileURL('rendered.mjs').href)).default(site)
  },
}`,
  "base: '/docs/'",
).replace(
  'import',
  "import { appendFileSync } from 'node:fs'\nimport { pathToFileURL } from 'node:url'\nimport",
)

/** Emits all that is known of the pages, in the order in which they come. */
const emitAll = `export default async function (site) {
  const pages = []
  for await (const { body, text, ...page } of site.pages()) {
    const bytes = await body()
    if (!(bytes instanceof Uint8Array)) throw new Error('no bytes')
    pages.push({ ...page, text: /<body>(.*?)</.exec(await text())?.[1] ?? await text(), size: bytes.byteLength })
  }
  const { origin, base } = site
  site.emitFile({ fileName: 'all.json', source: JSON.stringify({ origin, base, pages }) })
  site.emitFile({ fileName: 'search/index.bin', source: new Uint8Array([0, 255, 1]), headers: { 'Cache-Control': 'no-store' } })
  site.emitFile({ fileName: 'feed.xml', source: '<rss/>', headers: { 'content-type': 'application/rss+xml' } })
}
`

interface Emitted {
  origin: string
  base: string
  pages: { file: string; text: string; size: number }[]
}

describe('rendered()', () => {
  let app: App
  const emitted = async () => JSON.parse(await app.read('dist/static/all.json')) as Emitted
  const calls = async () => (await app.read('calls.txt')).split('\n').length - 1
  /** The site and its manifest, without the time. */
  const site = async () => {
    const files = await app.files('dist/static')
    const texts = await Promise.all(
      files.map((file) => readFile(join(app.dir, 'dist/static', file), 'latin1')),
    )
    const manifest = (await app.read('dist/static.manifest.jsonl')).replace(/"createdAt":"[^"]+"/, '')
    return { manifest, files: Object.fromEntries(texts.map((text, i) => [files[i]!, text])) }
  }

  beforeAll(async () => {
    app = await createApp({
      'vite.config.ts': config,
      'src/entry-server.ts': entry,
      'posts.json': '{ "b": "one", "a": "two" }',
      'public/logo.svg': '<svg/>',
      'rendered.mjs': emitAll,
    })
    await app.build()
  })

  it('reads every page of a route, sorted by file, with what is known of it', async () => {
    const { origin, base, pages } = await emitted()
    expect([origin, base]).toEqual(['https://www.example.com', '/docs/'])
    expect(pages.map(({ file, text }) => [file, text])).toEqual([
      ['404/index.html', 'missing'],
      ['A.txt', 'plain and transformed'],
      ['index.html', 'home '],
      ['p/a/index.html', 'post two '],
      ['p/b/index.html', 'post one '],
      ['q/linked/index.html', 'found linked'],
    ])
    expect(pages[0]).toMatchObject({ status: 404, headers: { 'x-robots-tag': 'noindex' }, params: {} })
    expect(pages[4]).toEqual({
      url: '/docs/p/b/',
      file: 'p/b/index.html',
      route: '/p/:slug',
      params: { slug: 'b' },
      status: 200,
      headers: { 'content-type': 'text/html' },
      lastmod: '2026-01-31',
      text: 'post one ',
      size: (await app.read('dist/static/p/b/index.html')).length,
    })
    expect(await calls()).toBe(1)
  })

  it('emits files that are assets of the site, which links may lead to', async () => {
    const manifest = await app.manifest()
    expect(manifest.get('all.json')).toMatchObject({
      url: '/docs/all.json',
      kind: 'asset',
      emitted: true,
      headers: { 'content-type': 'application/json; charset=utf-8' },
    })
    expect(manifest.get('feed.xml')!.headers).toEqual({ 'content-type': 'application/rss+xml' })
    expect(manifest.get('search/index.bin')).toMatchObject({
      size: 3,
      headers: { 'cache-control': 'no-store' },
    })
    expect([...manifest.values()].filter((file) => file.emitted && (file.hashed || file.route))).toEqual([])
    expect(await readFile(join(app.dir, 'dist/static/search/index.bin'))).toEqual(Buffer.from([0, 255, 1]))
    // The files of hosts are made of all others.
    expect(await app.read('dist/static/_headers')).toContain('/docs/search/index.bin')
    expect(await app.read('dist/static/sitemap.xml')).not.toMatch(/all\.json|feed/)
  })

  it('reads kept pages too, and writes only the files that changed', async () => {
    const before = await site()
    const same = await app.distill('render', '--json')
    expect(JSON.parse(same.stdout), same.stderr).toMatchObject({ kept: 2, new: 0, changed: 0, removed: 0 })
    expect(await site()).toEqual(before)

    await app.write({ 'posts.json': '{ "b": "one", "a": "three" }' })
    const edited = await app.distill('render', '--json')
    // The post, and what is made of it.
    expect(JSON.parse(edited.stdout), edited.stderr).toMatchObject({ kept: 1, changed: 2 })
    expect((await emitted()).pages.map(({ text }) => text)).toContain('post three ')
  })

  it('makes the files anew with `--only`, also from the pages that it does not render', async () => {
    await app.write({ 'posts.json': '{ "b": "unseen", "a": "four" }' })
    const only = await app.distill('render', '--only', 'p/a', '--json')
    expect(JSON.parse(only.stdout), only.stderr).toMatchObject({ rendered: 1, changed: 2, removed: 0 })
    const texts = (await emitted()).pages.map(({ text }) => text)
    expect(texts).toEqual([
      'missing',
      'plain and transformed',
      'home ',
      'post four ',
      'post one ',
      'found linked',
    ])
    expect([...(await app.manifest()).values()].filter((file) => file.emitted)).toHaveLength(3)
  })

  it('is called by `merge`, which makes the same site as one build, and by no shard', async () => {
    const render = await app.distill('render', '--force')
    expect(render.exitCode, render.stderr).toBe(0)
    const whole = await site()
    const before = await calls()
    await rm(join(app.dir, 'dist/static'), { recursive: true })
    await rm(join(app.dir, 'dist/static.manifest.jsonl'))
    const run = async (...args: string[]) => {
      const { exitCode, stderr } = await app.distill(...args)
      expect([args, exitCode, stderr]).toEqual([args, 0, expect.any(String)])
    }
    await run('plan', '--no-build')
    await run('render', '--shard', '1/2')
    await run('render', '--shard', '2/2')
    expect(await calls()).toBe(before)
    // What the pages link to is rendered by `merge`.
    await run('merge')
    expect(await calls()).toBe(before + 1)
    expect(await site()).toEqual(whole)
  })

  it('removes a file that is no longer emitted, unless a link leads to it', async () => {
    await app.write({
      'rendered.mjs': "export default (site) => site.emitFile({ fileName: 'all.json', source: '{}' })",
    })
    const fewer = await app.distill('render', '--json')
    expect(JSON.parse(fewer.stdout), fewer.stderr).toMatchObject({ changed: 2, removed: 2 })
    expect(await app.files('dist/static')).not.toContain('feed.xml')

    const before = await site()
    await app.write({ 'rendered.mjs': 'export default () => {}' })
    const { exitCode, stderr } = await app.distill('render', '--only', 'p/a')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('/docs/all.json')
    expect(await site()).toEqual(before)
  })

  it('fails with what it throws, and leaves the last site', async () => {
    const before = await site()
    await app.write({
      'rendered.mjs': `export default async function indexPosts(site) {
        site.emitFile({ fileName: 'all.json', source: 'new' })
        await null
        throw new Error('the index is full')
      }`,
    })
    const { exitCode, stdout, stderr } = await app.distill('render', '--json', '--logLevel', 'info')
    expect(exitCode).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'RENDERED_FAILED', message: '`rendered` threw: the index is full' },
    })
    expect(stderr).toMatch(/indexPosts .*rendered\.mjs/)
    expect(await site()).toEqual(before)
  })

  it('refuses files that the site has already, and names both', async () => {
    const before = await site()
    const names = [
      'p/b/index.html',
      'a.TXT',
      'P',
      'index.html/x.txt',
      'logo.svg',
      'old/index.html',
      'moved/index.html',
      'sitemap.xml',
      '200.html',
      '_headers',
      'feed.xml',
      'Feed.xml',
      'feed.xml/part',
    ]
    await app.write({
      'rendered.mjs': `export default (site) => {
        for (const fileName of ${JSON.stringify(names)}) site.emitFile({ fileName, source: '' })
      }`,
    })
    const { exitCode, stderr } = await app.distill('render')
    expect(exitCode).toBe(1)
    const by = 'and by the option `rendered`'
    const page = 'page `/docs/p/b/` of route `/p/:slug`'
    for (const line of [
      `\`p/b/index.html\` would be written by ${page} ${by}`,
      '`A.txt` (page `/docs/A.txt` of route `/A.txt`) and `a.TXT` (the option `rendered`) are one file',
      `\`P\` would be a file (the option \`rendered\`) and a folder (of \`p/b/index.html\`, ${page})`,
      '`index.html` would be a file (page `/docs/` of route `/`) and a folder (of `index.html/x.txt`, the option `rendered`)',
      `\`logo.svg\` would be written by the client's file \`logo.svg\` ${by}`,
      `\`old/index.html\` would be written by redirect \`/docs/old/\` of the options ${by}`,
      `\`moved/index.html\` would be written by page \`/docs/moved/\` of route \`/moved\` ${by}`,
      `\`sitemap.xml\` would be written by the option \`sitemap\` ${by}`,
      `\`200.html\` would be written by the option \`fallback\` ${by}`,
      `\`_headers\` would be written by the option \`hostFiles\` ${by}`,
      '`feed.xml` (the option `rendered`) and `Feed.xml` (the option `rendered`) are one file',
      '`feed.xml` would be a file (the option `rendered`) and a folder (of `feed.xml/part`, the option `rendered`)',
      'another `fileName`',
    ])
      expect(stderr).toContain(line)
    expect(await site()).toEqual(before)
  })

  it('refuses what is no file, at the call', async () => {
    const given = [
      "{ fileName: '../x', source: '' }",
      "{ fileName: '/x', source: '' }",
      "{ fileName: '', source: '' }",
      "{ fileName: 'a\\\\b', source: '' }",
      "{ fileName: 'a\\0b', source: '' }",
      "{ fileName: 'a'.repeat(256), source: '' }",
      "{ fileName: 'a/'.repeat(600) + 'b', source: '' }",
      "{ fileName: '.vite-distill/state.json', source: '' }",
      "{ fileName: 'twice.txt', source: '' }",
      "'feed.xml'",
      "{ name: 'feed.xml', source: '' }",
      "{ fileName: 'x', source: 1 }",
      "{ fileName: 'x', source: '', headers: 'no' }",
      "{ fileName: 'x', source: '', headers: { 'a b': 'c' } }",
      "{ fileName: 'x', source: '', headers: { a: 'b\\nc' } }",
      "{ fileName: 'x', source: '', headers: { a: undefined } }",
    ]
    await app.write({
      'rendered.mjs': `import { writeFileSync } from 'node:fs'
      export default (site) => {
        site.emitFile({ fileName: 'twice.txt', source: '' })
        const told = [${given.join(', ')}].map((file) => {
          try {
            site.emitFile(file)
          } catch (error) {
            return error.code + ': ' + error.message
          }
        })
        site.emitFile({ fileName: 'all.json', source: JSON.stringify(told) })
        setImmediate(async () => {
          const late = []
          try { site.emitFile({ fileName: 'late.txt', source: '' }) } catch (error) { late.push(error.message) }
          try { for await (const page of site.pages()) late.push(page.file) } catch (error) { late.push(error.message) }
          writeFileSync('late.json', JSON.stringify(late))
        })
      }`,
    })
    const { exitCode, stderr } = await app.distill('render')
    expect([exitCode, stderr]).toEqual([0, expect.any(String)])
    expect(JSON.parse(await app.read('dist/static/all.json'))).toEqual([
      'PATH_UNSAFE: `rendered` emits `../x`: it has a `..` folder',
      'PATH_UNSAFE: `rendered` emits `/x`: it has an empty folder or file name',
      'PATH_UNSAFE: `rendered` emits ``: it has an empty folder or file name',
      expect.stringMatching(/^PATH_UNSAFE: .* backslash$/),
      expect.stringMatching(/^PATH_UNSAFE: .* control character$/),
      expect.stringMatching(/^PATH_UNSAFE: .* longer than 255 bytes/),
      expect.stringMatching(/^PATH_UNSAFE: .* longer than 1,024 bytes/),
      expect.stringMatching(/^PATH_UNSAFE: .* `\.vite-distill\/`/),
      'COLLISION: `rendered` emits `twice.txt` twice',
      'RENDERED_FAILED: `rendered` emits something that is no object',
      'RENDERED_FAILED: `rendered` emits a file whose `fileName` is no string',
      'RENDERED_FAILED: `rendered` emits `x`, whose `source` is neither a string nor bytes',
      expect.stringMatching(/^RENDERED_FAILED: `rendered` emits `x`, whose `headers` cannot be sent: /),
      expect.stringMatching(/^RENDERED_FAILED: .* `headers` /),
      expect.stringMatching(/^RENDERED_FAILED: .* `headers` /),
      expect.stringMatching(/^RENDERED_FAILED: .* `a` is no string$/),
    ])
    expect(JSON.parse(await app.read('late.json'))).toEqual([
      '`rendered` was done, and then emitted a file',
      '`rendered` was done, and then read a page',
    ])
    expect(await app.files('dist/static')).not.toContain('late.txt')
  })
})
