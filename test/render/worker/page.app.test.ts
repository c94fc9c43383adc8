import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import { cleanEnv, createApp, serverEntry, viteConfig } from '../../app.ts'

const withoutAssets = (files: string[]) => files.filter((file) => !file.startsWith('assets/'))

describe('what a page answers', () => {
  it('may be several statuses', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(`
        '/s/:code': { distillStatus: [200, 404, 410], distillParams: () => [200, 404, 410],
          default: (event) => page('x', { status: Number(event.context.params.code), headers: { 'content-type': 'text/html' } }) },`),
    })
    await app.build()
    const manifest = await app.manifest()
    expect([200, 404, 410].map((code) => manifest.get(`s/${code}/index.html`)!.status)).toEqual([
      200, 404, 410,
    ])
  })

  it('is tried again just as often as `retry` says, where that may help', async () => {
    const entry = serverEntry(
      `'/flaky': { distill: true, default: () => fail('flaky', 2) },
       '/slow': { distill: true, default: () => fail('slow', 1, () => new Promise(() => {})) },
       '/missing': { distill: true, default: () => { calls.missing = (calls.missing ?? 0) + 1; return page('', { status: 404 }) } },
       '/calls': { distill: true, default: () => JSON.stringify(calls) },`,
      `const calls = {}
       const fail = (name, times, how = () => { throw new Error('connection reset') }) => {
         calls[name] = (calls[name] ?? 0) + 1
         return calls[name] <= times ? how() : page(name + ' after ' + calls[name])
       }
       process.on('exit', () => console.log('CALLS ' + JSON.stringify(calls)))`,
    )
    const app = await createApp({
      'src/entry-server.ts': entry,
      'vite.config.ts': viteConfig('{ retry: 2, timeout: 1500 }'),
    })
    const failed = await app.vite('build')
    expect(failed.exitCode).toBe(1)
    expect(failed.output).toContain('1 page could not be rendered\n  `/missing`')

    await app.write({ 'src/entry-server.ts': entry.replace(/'\/missing'.*\n/, '') })
    await app.build()
    expect(await app.read('dist/static/flaky/index.html')).toContain('flaky after 3')
    expect(await app.read('dist/static/slow/index.html')).toContain('slow after 2')

    await app.write({ 'vite.config.ts': viteConfig('{ retry: 1, timeout: 1500 }') })
    expect(await app.vite('build')).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('connection reset'),
    })
  })

  it('draws a warning where a person would hardly have meant it', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(`
        '/': { distill: true, default: () => page('home') },
        '/empty': { distill: true, default: () => page('', { status: 200 }) && new Response('', { headers: { 'content-type': 'text/html' } }) },
        '/bare/:n': { distillParams: () => [1, 2, 3], default: () => new Response('<p>no doctype</p>', { headers: { 'content-type': 'text/html' } }) },
        '/plain': { distill: true, default: () => new Response('<h1>source</h1>') },`),
    })
    const output = await app.build()
    expect(output).toContain('page `/empty`: its body is empty')
    expect(output).toContain('page `/bare/1` and 2 more: it has no `<!doctype html>`, which other pages have')
    expect(output).toContain(
      'page `/plain`: its `Content-Type: text/plain;charset=UTF-8` makes browsers show the source',
    )
  })

  it('draws one where most pages are gone', async () => {
    const posts = (n: number) =>
      serverEntry(
        `'/p/:n': { default: () => page(''), distillParams: () => Array.from({ length: ${n} }, (_, i) => i) },`,
      )
    const app = await createApp({ 'src/entry-server.ts': posts(9) })
    await app.build()
    await app.write({ 'src/entry-server.ts': posts(4) })
    expect(await app.build()).toContain('the site has 4 pages where the last build had 9')
  })
})

describe('what the app finds and leaves', () => {
  it('is production, its .env files, its own answers and what `isDistilling` says', async () => {
    const app = await createApp({
      '.env': 'SECRET_FROM_FILE=filed\nOVERRIDDEN=file\n',
      '.env.production': 'ONLY_IN_PRODUCTION=yes\n',
      'src/entry-server.ts': serverEntry(
        `'/env': { distill: true, default: async () => JSON.stringify({
          node: process.env.NODE_ENV, filed: process.env.SECRET_FROM_FILE, production: process.env.ONLY_IN_PRODUCTION,
          overridden: process.env.OVERRIDDEN, distilling: isDistilling(),
          own: await (await fetch('/api/own?x=1')).json(),
        }), distillFile: 'env.json' },
        '/api/own': { default: (event) => ({ own: event.url.search }) },`,
        "import { isDistilling } from 'vite-distill/app'",
      ),
    })
    app.env.OVERRIDDEN = 'environment'
    await app.build()
    expect(JSON.parse(await app.read('dist/static/env.json'))).toEqual({
      node: 'production',
      filed: 'filed',
      production: 'yes',
      overridden: 'environment',
      distilling: true,
      own: { own: '?x=1' },
    })
  })

  it('is printed with the page that printed it', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        `'/p/:n': { distillParams: () => [1, 2], default: async (event) => {
          await new Promise((resolve) => setTimeout(resolve, 20))
          console.log('rendering', event.context.params.n)
          return page('')
        } },`,
        "console.log('loaded')",
      ),
    })
    const output = await app.build()
    expect(output).toMatch(/^loaded$/m)
    expect(output).toMatch(/^\/p\/1 rendering 1$/m)
    expect(output).toMatch(/^\/p\/2 rendering 2$/m)
  })

  it('is an error where it runs out of memory', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        "'/hog': { distill: true, default: () => { const kept = []; for (;;) kept.push(new Array(1e5).fill(Math.random())) } },",
      ),
    })
    app.env.NODE_OPTIONS = '--max-old-space-size=150'
    const { exitCode, output } = await app.vite('build')
    expect(output).toContain('the app ran out of memory while `/hog` was being rendered')
    expect(exitCode).toBe(1)
  })
})

describe('bytes', () => {
  it('of a long stream are written as they come, and never sit whole in memory', async () => {
    const size = 50 << 20
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        `'/big.bin': { distill: true, default: () => {
          let sent = 0
          return new ReadableStream({ pull(controller) {
            if (sent >= ${size}) return controller.close()
            controller.enqueue(chunks[(sent / 65536) % 5])
            sent += 65536
          } })
        } },
        '/memory.txt': { distill: true, default: async () => {
          await new Promise((resolve) => setTimeout(resolve, 1500))
          return String(process.memoryUsage().arrayBuffers)
        } },`,
        // Always the same ones, so that what is measured is not the app's.
        'const chunks = Array.from({ length: 5 }, (_, n) => new Uint8Array(65536).fill(n))',
      ),
    })
    await app.build()
    const expected = createHash('sha256')
    for (let sent = 0; sent < size; sent += 65536)
      expected.update(new Uint8Array(65536).fill((sent / 65536) % 5))
    const digest = expected.digest('hex')
    const actual = createHash('sha256')
    for await (const chunk of createReadStream(join(app.dir, 'dist/static/big.bin')))
      actual.update(chunk as Buffer)
    expect(actual.digest('hex')).toBe(digest)
    expect((await app.manifest()).get('big.bin')).toMatchObject({
      size,
      sha256: digest,
      headers: { 'content-type': 'application/octet-stream' },
    })
    expect(Number(await app.read('dist/static/memory.txt'))).toBeLessThan(20 << 20)
    // Unchanged the next time, too.
    expect(await app.build()).toMatch(/1 changed|unchanged/)
  })

  it('of a stream are let go of once they are written', async () => {
    const size = 300 << 20
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        `'/big.bin': { distill: true, default: () => {
          let sent = 0
          return new ReadableStream({ pull(controller) {
            peak = Math.max(peak, process.memoryUsage().arrayBuffers)
            if (sent >= ${size}) return finish(), controller.close()
            controller.enqueue(new Uint8Array(65536))
            sent += 65536
          } })
        } },
        '/peak.txt': { distill: true, default: () => finished.then(() => String(peak)) },`,
        `let peak = 0
        let finish
        const finished = new Promise((resolve) => (finish = resolve))`,
      ),
    })
    await app.build()
    // V8 collects such memory once there are 64 MB of it, or some more.
    expect(Number(await app.read('dist/static/peak.txt'))).toBeLessThan(size / 2)
  })

  it('and headers may be changed by `transform`, and pages dropped', async () => {
    const entry = serverEntry(
      "'/p/:n': { distillParams: () => [1, 2, 3, 4], default: (event) => page('page ' + event.context.params.n) },",
    )
    const app = await createApp({
      'src/entry-server.ts': entry,
      'vite.config.ts': viteConfig(`{ transform: async (page) => {
        if (page.params.n === '1') return { body: page.text().replace('page 1', page.route + ' ' + page.url + ' ' + page.file + ' ' + page.status) }
        if (page.params.n === '2') return { headers: { 'Cache-Control': 'max-age=60', 'content-type': undefined }, body: new Uint8Array([1, 2]) }
        if (page.params.n === '3') return null
      } }`),
    })
    expect(await app.build()).toContain('5 new, 1 dropped')
    const page = (n: number) => app.read(`dist/static/p/${n}/index.html`)
    expect(await page(1)).toContain('/p/:n /p/1 p/1/index.html 200')
    expect(Buffer.from(await page(2))).toEqual(Buffer.from([1, 2]))
    expect(await page(4)).toContain('page 4')
    const manifest = await app.manifest()
    expect(manifest.has('p/3/index.html')).toBe(false)
    expect(manifest.get('p/2/index.html')!.headers).toEqual({ 'cache-control': 'max-age=60' })

    await app.write({
      'vite.config.ts': viteConfig(
        "{ transform: ({ params }) => { if (params.n === '2') throw new Error('no such luck'); if (params.n === '4') return { body: 5 } } }",
      ),
    })
    const { exitCode, output } = await app.vite('build')
    expect(exitCode).toBe(1)
    expect(output).toContain('`transform` threw: no such luck')
    expect(output).toContain('it gave a body that is a number')
  })
})

describe('redirects', () => {
  it('come from pages and from the options', async () => {
    const app = await createApp({
      'vite.config.ts': viteConfig(
        `{ redirects: async () => ({ '/old': '/new', '/older/': { to: 'https://example.com/?a=1&b=%22', status: 302 }, '/feed.rss': '/feed.xml' }) }`,
        "base: '/docs/'",
      ),
      'src/entry-server.ts': serverEntry(`
        '/new': { distill: true, default: () => page('new') },
        '/from-page': { distill: true, distillStatus: 307, default: () => new Response('', { status: 307, headers: { location: '/x"><script>alert(1)</script>' } }) },`),
    })
    expect(await app.build()).toContain('1 page, 4 redirects')
    const manifest = await app.manifest()
    expect(manifest.get('old/index.html')).toMatchObject({
      kind: 'redirect',
      url: '/docs/old/',
      status: 301,
      redirect: { to: '/docs/new', status: 301 },
    })
    expect(manifest.get('older/index.html')).toMatchObject({
      redirect: { to: 'https://example.com/?a=1&b=%22', status: 302 },
    })
    expect(manifest.get('feed.rss')).toMatchObject({
      redirect: { to: '/docs/feed.xml' },
      headers: { 'content-type': 'text/html; charset=utf-8' },
    })
    const html = await app.read('dist/static/from-page/index.html')
    expect(html).not.toContain('<script')
    expect(html).toMatch(
      /<meta http-equiv="refresh" content="0; url=\/x%22%3E%3Cscript%3Ealert\(1\)%3C\/script%3E">/,
    )
    expect(html).toContain('<meta name="robots" content="noindex">')
    expect(html).toContain('<link rel="canonical" href="')
    expect(await app.read('dist/static/older/index.html')).toContain(
      'href="https://example.com/?a=1&amp;b=%22"',
    )
  })

  it.each([
    [
      'a page',
      "{ '/new': '/' }",
      '`new/index.html` would be written by page `/new` of route `/new` and by redirect `/new` of the options',
    ],
    ['itself', "{ '/a': '/b', '/b': '/c', '/c': '/a' }", '`/a` → `/b` → `/c` → `/a`'],
    [
      'a script',
      "{ '/a': 'javascript:alert(1)' }",
      '`/a`: it leads to `javascript:alert(1)`; that must be a path or an `https://` address',
    ],
    ['nothing', "{ '/a': '' }", '`/a`: it leads to ``, which is no URL'],
    ['a status that is none', "{ '/a': { to: '/b', status: 200 } }", '`/a`: its status is `200`'],
    [
      'a URL that is no path',
      "{ 'a': '/b', '/c?d': '/e', '/../f': '/g' }",
      '`a`: an old URL is a path',
      '`/c?d`: it has a query',
    ],
    ['a function that throws', "() => { throw new Error('no list') }", '`redirects` threw: no list'],
    ['a function that gives none', '() => null', '`redirects` gave `null`'],
  ])('that lead to %s are refused', async (_, redirects, ...says) => {
    const app = await createApp({
      'vite.config.ts': viteConfig(`{ redirects: ${redirects} }`),
      'src/entry-server.ts': serverEntry("'/new': { distill: true, default: () => page('new') },"),
    })
    const { exitCode, output } = await app.vite('build')
    for (const words of says) expect(output).toContain(words)
    expect(exitCode).toBe(1)
  })

  it('that follow one another are told', async () => {
    const app = await createApp({
      'vite.config.ts': viteConfig("{ redirects: { '/a': '/b', '/b': '/' } }"),
    })
    expect(await app.build()).toContain('redirect `/a` → `/b` → `/`: lead the first to the last at once')
  })
})

describe('the sitemap', () => {
  it('has every page that is meant to be found, and only where it is asked for', async () => {
    const entry = serverEntry(`
      '/': { distill: true, default: () => page('home') },
      '/p/:n': { default: () => page('p'), distillParams: () => [{ n: 'a&b', lastmod: new Date(0) }, { n: "it's", lastmod: '2026-01-31' }] },
      '/hidden': { distill: true, default: () => page('<meta name="robots" content="noindex, follow">') },
      '/header': { distill: true, default: () => page('x', { headers: { 'content-type': 'text/html', 'x-robots-tag': 'none' } }) },
      '/data.json': { distill: true, default: () => ({}) },
      '/404.html': { distill: true, distillStatus: 404, default: () => page('x', { status: 404, headers: { 'content-type': 'text/html' } }) },
      '/moved': { distill: true, distillStatus: 301, default: () => new Response('', { status: 301, headers: { location: '/' } }) },`)
    const app = await createApp({ 'src/entry-server.ts': entry })
    await app.build()
    expect(await app.files('dist/static')).not.toContain('sitemap.xml')

    await app.write({
      'vite.config.ts': viteConfig("{ sitemap: true, origin: 'https://www.example.com' }", "base: '/docs/'"),
    })
    await app.build()
    expect(await app.read('dist/static/sitemap.xml')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://www.example.com/docs/</loc></url>
<url><loc>https://www.example.com/docs/p/a%26b/</loc><lastmod>1970-01-01T00:00:00.000Z</lastmod></url>
<url><loc>https://www.example.com/docs/p/it&apos;s/</loc><lastmod>2026-01-31</lastmod></url>
</urlset>
`)
    expect((await app.manifest()).get('sitemap.xml')).toMatchObject({
      kind: 'page',
      headers: { 'content-type': 'text/xml; charset=utf-8' },
    })

    await app.write({ 'vite.config.ts': viteConfig('{ sitemap: true }') })
    expect(await app.vite('build')).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('`sitemap` needs `origin`'),
    })
    await app.write({
      'vite.config.ts': viteConfig("{ sitemap: true, origin: 'https://a.example' }"),
      'src/entry-server.ts': entry.replace("'2026-01-31'", "'yesterday'"),
    })
    expect(await app.vite('build')).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('has the `lastmod` `yesterday`'),
    })
  })
})

describe('a running server', () => {
  it('knows what is distilled, and writes one page into the site', async () => {
    const app = await createApp({
      'vite.config.ts': viteConfig("{ layout: 'file' }"),
      'server.mjs': `import app from './dist/server/entry-server.js'
import { createInterface } from 'node:readline'
for await (const line of createInterface(process.stdin)) {
  const response = await app.fetch(new Request('http://localhost' + line))
  console.log(JSON.stringify({ status: response.status, text: await response.text() }))
}`,
      'src/entry-server.ts': serverEntry(
        `'/index.json': { distill: true, default: (event) => distilledUrls(event.app) },
         '/posts/:slug': { default: (event) => page(event.context.params.slug + ' ' + text), distillParams: () => ['a', 'b'] },
         '/edit': { default: async (event) => {
           text = event.url.searchParams.get('text')
           return renderFile(event.app, 'dist/static', '/posts/:slug', event.url.searchParams.get('slug')).catch((error) => ({ error: error.message }))
         } },`,
        "import { distilledUrls, renderFile } from 'vite-distill/app'\nlet text = 'first'",
      ),
    })
    await app.build()
    const urls = [
      { url: '/index.json', file: 'index.json' },
      { url: '/posts/a', file: 'posts/a.html' },
      { url: '/posts/b', file: 'posts/b.html' },
    ]
    expect(JSON.parse(await app.read('dist/static/index.json'))).toEqual(urls)

    const child = spawn(process.execPath, ['server.mjs'], {
      cwd: app.dir,
      env: cleanEnv(),
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill())
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const ask = async (path: string) => {
      child.stdin.write(`${path}\n`)
      return JSON.parse((await lines.next()).value as string) as { status: number; text: string }
    }
    expect(JSON.parse((await ask('/index.json')).text)).toEqual(urls)
    expect(JSON.parse((await ask('/edit?slug=a&text=second')).text)).toEqual({
      url: '/posts/a',
      file: 'posts/a.html',
      changed: true,
    })
    expect(await app.read('dist/static/posts/a.html')).toContain('a second')
    expect(JSON.parse((await ask('/edit?slug=a&text=second')).text)).toMatchObject({ changed: false })
    expect(JSON.parse((await ask('/edit?slug=c/d&text=x')).text)).toEqual({
      error: expect.stringContaining('a slash does not fit'),
    })
    expect(JSON.parse((await ask('/edit?slug=new&text=third')).text)).toMatchObject({
      file: 'posts/new.html',
      changed: true,
    })

    // The manifest followed, so that the site can be published as it is.
    const manifest = await app.manifest()
    expect(manifest.get('posts/new.html')).toMatchObject({ url: '/posts/new.html', params: { slug: 'new' } })
    await app.write({
      'vite.config.ts': viteConfig(
        "{ layout: 'file', publish: { default: { backend: 'directory', path: 'www' } } }",
      ),
    })
    expect(await app.distill('publish', '--yes')).toMatchObject({ exitCode: 0 })
    expect(await app.files('www')).toContain('posts/new.html')
  })
})

describe('assets', () => {
  it('of the client can be left out, whole or by folder', async () => {
    const files = {
      'public/drafts/a.txt': 'x',
      'public/media/raw/b.txt': 'x',
      'public/media/c.txt': 'x',
      'public/admin/d.txt': 'x',
      'public/.well-known/e.txt': 'x',
    }
    const app = await createApp({
      ...files,
      'vite.config.ts': viteConfig("{ assets: { skipDirs: ['drafts', 'media/raw'], skipAdminDirs: false } }"),
    })
    await app.build()
    expect(withoutAssets(await app.files('dist/static'))).toEqual([
      '.well-known/e.txt',
      'admin/d.txt',
      'index.html',
      'media/c.txt',
    ])
    await app.write({ 'vite.config.ts': viteConfig('{ assets: { include: false } }') })
    await app.build()
    expect(await app.files('dist/static')).toEqual(['index.html'])
  })

  it('that only the server imports are there, hashed; source maps are as Vite made them', async () => {
    const app = await createApp({
      'src/only.png': 'not really a picture',
      'src/entry-client.ts': "document.title = 'changed'\n",
      'vite.config.ts': viteConfig('{}', 'build: { assetsInlineLimit: 0, sourcemap: true }'),
      'src/entry-server.ts': serverEntry(
        "'/': { distill: true, default: () => page('<img src=\"' + only + '\">') },",
        "import only from './only.png'",
      ),
    })
    await app.build()
    const [, src] = /<img src="\/(assets\/only-[^"]+\.png)"/.exec(await app.read('dist/static/index.html'))!
    expect(await app.read(`dist/static/${src}`)).toBe('not really a picture')
    expect((await app.manifest()).get(src!)).toMatchObject({ kind: 'asset', hashed: true })
    expect(await app.files('dist/client')).toContain(src)
    const files = await app.files('dist/static')
    expect(files.filter((file) => file.endsWith('.js.map'))).toHaveLength(1)
    expect(files.filter((file) => file.includes('entry-server') || file.includes('.vite'))).toEqual([])
  })

  it('that are symbolic links are followed inside the app and refused outside', async () => {
    const app = await createApp({
      'public/real.txt': 'real',
      'shared/inner.txt': 'inner',
      'public/folder/x.txt': 'x',
    })
    await symlink('../shared/inner.txt', join(app.dir, 'public/link.txt'))
    await symlink('folder', join(app.dir, 'public/linked'))
    await app.build()
    expect(await app.read('dist/static/link.txt')).toBe('inner')
    expect(await app.read('dist/static/linked/x.txt')).toBe('x')

    const outside = await createApp()
    await writeFile(join(outside.dir, 'secret.txt'), 'secret')
    await symlink(join(outside.dir, 'secret.txt'), join(app.dir, 'public/stolen.txt'))
    const { exitCode, output } = await app.vite('build')
    expect(exitCode).toBe(1)
    expect(output).toContain('`public/stolen.txt` is a symbolic link that leads out of the app')
    expect(await app.files('dist/static')).not.toContain('stolen.txt')
    await rm(join(app.dir, 'public/stolen.txt'))
    await symlink(outside.dir, join(app.dir, 'public/folder/out'))
    expect((await app.vite('build')).output).toContain(
      '`public/folder/out` is a symbolic link that leads out of the app',
    )
  })
})

describe('vite-distill render', () => {
  it('distils anew without building, whole or in part', async () => {
    const entry = (text: string) => `import { readFileSync } from 'node:fs'
const text = readFileSync('text.txt', 'utf8')
const slugs = readFileSync('slugs.txt', 'utf8').trim().split(' ')
export default ({ url }) => new Response('<!doctype html>' + new URL(url).pathname + ' ' + text, { headers: { 'content-type': 'text/html' } })
export const distillRoutes = [{ route: '/' }, { route: '/posts/:slug', distillParams: () => slugs }] // ${text}`
    const app = await createApp({ 'src/entry-server.ts': entry(''), 'text.txt': 'one', 'slugs.txt': 'a b' })
    expect(await app.distill('render', '--only', '*')).toMatchObject({ exitCode: 2 })
    await app.build()
    await app.write({ 'text.txt': 'two', 'slugs.txt': 'b c' })
    const part = await app.distill('render', '--only', 'posts/*')
    expect(part).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('1 new, 1 changed, 3 unchanged, 1 removed'),
    })
    expect(await app.read('dist/static/index.html')).toContain('one')
    expect(await app.read('dist/static/posts/b/index.html')).toContain('two')
    expect(withoutAssets(await app.files('dist/static'))).toEqual([
      'index.html',
      'posts/b/index.html',
      'posts/c/index.html',
    ])

    expect(await app.distill('render', '--json')).toMatchObject({ exitCode: 0 })
    expect(await app.read('dist/static/index.html')).toContain('two')
    expect(await app.distill('render', '--only', 'nope')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('no page matches `--only nope`'),
    })

    await app.write({ 'text.txt': 'three' })
    await rm(join(app.dir, 'slugs.txt'))
    const failed = await app.distill('render')
    expect(failed).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('the server entry threw while it was loaded'),
    })
    expect(await app.read('dist/static/index.html')).toContain('two')
  })
})

describe('what is printed', () => {
  it('is nothing but warnings under `--logLevel warn`', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        "'/': { distill: true, default: () => page('', { headers: { 'set-cookie': 'a=b' } }) },",
      ),
    })
    const output = await app.build('--logLevel', 'warn')
    expect(output).not.toContain('distilled')
    expect(output).toContain('it sets a cookie')
  })

  it('names the slowest pages', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        "'/p/:n': { distillParams: () => [1, 2, 3, 4, 5, 6, 70], default: async (event) => { await new Promise((r) => setTimeout(r, 100 + Number(event.context.params.n))); return page('') } },",
      ),
    })
    expect((await app.build()).match(/slowest: (.*)/)![1]!.split(', ')).toHaveLength(5)
  })
})

it('needs no folder of its own to exist', async () => {
  const app = await createApp({ 'vite.config.ts': viteConfig("{ outDir: 'out/deep/er' }") })
  await mkdir(join(app.dir, 'out'))
  await app.build()
  expect(await app.files('out/deep/er')).toContain('index.html')
})
