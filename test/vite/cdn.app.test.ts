import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cp, rm } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { execa } from 'execa'
import { parseAst } from 'vite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type App, cleanEnv, createApp, repository, serverEntry, viteConfig } from '../app.ts'
import { startVite } from '../start.ts'

const contentTag = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 10)

/** An app whose server and client both say what `vite-distill/cdn` gives them. */
const files = {
  'public/img/a.svg': '<svg>1</svg>',
  'public/img/b.svg': '<svg/>',
  'public/admin/secret.svg': '<svg/>',
  'src/entry-client.ts': `import { cdnStatic, cdnTag } from 'vite-distill/cdn'
import './style.css'
globalThis.client = [cdnTag(), cdnStatic('/img/a.svg?w=1'), cdnStatic('img/b.svg')]
`,
  'src/entry-server.ts': serverEntry(
    "'/': { distill: true, default: () => page(JSON.stringify([cdnTag(), cdnStatic('/img/a.svg?w=1'), cdnStatic('img/b.svg')])) },",
    "import { cdnStatic, cdnTag } from 'vite-distill/cdn'",
  ),
}
/** Without Vite's polyfill, the client runs in Node too. */
const config = (distill: string, more = '') => viteConfig(distill, `build: { modulePreload: false }, ${more}`)
const withoutTemplate = files['src/entry-server.ts'].replace(
  "import template from 'virtual:distill/template'",
  "const template = '<body><!--app-->'",
)

type Values = [tag: string, a: string, b: string]
const ofTag = (tag: string, base = '/'): Values => [
  tag,
  `${base}img/a.svg?w=1&tag=${tag}`,
  `${base}img/b.svg?tag=${tag}`,
]

const readPage = (html: string) => JSON.parse(/<body>(\[.*?\])/.exec(html)![1]!) as Values

async function readClient(app: App): Promise<Values> {
  const [name] = (await app.files('dist/client/assets')).filter((file) => file.endsWith('.js'))
  const { client } = (await import(`${join(app.dir, 'dist/client/assets', name!)}?${Math.random()}`).then(
    () => globalThis,
  )) as unknown as { client: Values }
  return client
}

/** What the built app says in a process of its own, and what else in that process does. */
async function readServer(app: App): Promise<{ page: Values; beside: string }> {
  const { stdout } = await execa(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import app from './dist/server/entry-server.js'
import { cdnStatic } from 'vite-distill/cdn'
const response = await app.fetch(new Request('http://localhost/'))
console.log(JSON.stringify({ page: await response.text(), beside: cdnStatic('img/b.svg') }))`,
    ],
    { cwd: app.dir, extendEnv: false, env: cleanEnv() },
  )
  const { page, beside } = JSON.parse(stdout) as { page: string; beside: string }
  return { page: readPage(page), beside }
}

async function readHeader(app: App) {
  return JSON.parse((await app.read('dist/static.manifest.jsonl')).split('\n')[0]!) as { tag?: string }
}

/** Everywhere the same: in the distilled page, in the client, in the server and whatever runs beside it, in the manifest. */
async function expectEverywhere(app: App, expected: Values): Promise<void> {
  expect(readPage(await app.read('dist/static/index.html'))).toEqual(expected)
  expect(await readClient(app)).toEqual(expected)
  expect(await readServer(app)).toEqual({ page: expected, beside: expected[2] })
  expect((await readHeader(app)).tag).toBe(expected[0])
}

function git(app: App, ...args: string[]): string {
  const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.com', '-c', 'commit.gpgsign=false']
  return execFileSync('git', [...identity, ...args], { cwd: app.dir, encoding: 'utf8' }).trim()
}

/** Waits until a tag of the time is another one: it counts seconds. */
const nextSecond = () => new Promise((resolve) => setTimeout(resolve, 1010 - (Date.now() % 1000)))

describe('vite-distill/cdn', () => {
  it('gives server, client and manifest the tag of the commit, or of what is not committed', async () => {
    const app = await createApp({ ...files, 'vite.config.ts': config('{}'), '.gitignore': 'node_modules\n' })
    git(app, 'init', '--quiet')
    git(app, 'add', '--all')
    git(app, 'commit', '--quiet', '--message=x')
    const tag = git(app, 'rev-parse', 'HEAD').slice(0, 14)
    await app.build()
    await expectEverywhere(app, ofTag(tag))
    // Nothing ignores \`dist\`, and still another build of the same is the same.
    await app.build()
    await expectEverywhere(app, ofTag(tag))
    await app.write({ 'public/img/a.svg': '<svg>2</svg>' })
    await app.build()
    const [changed] = readPage(await app.read('dist/static/index.html'))
    expect(changed).toMatch(new RegExp(`^${tag}-[0-9a-f]{8}$`))
    await expectEverywhere(app, ofTag(changed))
  })

  it('gives each file the tag of its content, and leaves out what nobody may see', async () => {
    const app = await createApp({
      ...files,
      'vite.config.ts': config("{ cdn: { tag: 'content' } }", "base: '/docs/'"),
    })
    await app.build()
    const [all, a, b] = await readClient(app)
    expect(a).toBe(`/docs/img/a.svg?w=1&tag=${contentTag('<svg>1</svg>')}`)
    expect(b).toBe(`/docs/img/b.svg?tag=${contentTag('<svg/>')}`)
    await expectEverywhere(app, [all, a, b])
    expect(JSON.stringify(await app.read('dist/client/.vite/distill-cdn.json'))).not.toContain('secret')
    const scripts = async () => (await app.files('dist/static/assets')).join()
    const before = await scripts()

    await app.build()
    await expectEverywhere(app, [all, a, b])
    expect(await scripts()).toBe(before)

    await app.write({ 'public/img/a.svg': '<svg>2</svg>' })
    await app.build()
    const [other, a2, b2] = await readClient(app)
    expect(other).not.toBe(all)
    expect(a2).toBe(`/docs/img/a.svg?w=1&tag=${contentTag('<svg>2</svg>')}`)
    expect(b2).toBe(b)
    await expectEverywhere(app, [other, a2, b2])
  })

  it('takes a tag of your own, a function, another parameter and any base', async () => {
    const app = await createApp({ ...files, 'vite.config.ts': config("{ cdn: { tag: 'v1.2' } }") })
    await app.build()
    await expectEverywhere(app, ofTag('v1.2'))
    await app.write({
      'vite.config.ts': config(
        "{ cdn: { tag: () => process.env.RELEASE, param: 'v' } }",
        "base: 'https://cdn.example.com/x/'",
      ),
    })
    app.env.RELEASE = 'r7'
    await app.build()
    await expectEverywhere(app, [
      'r7',
      'https://cdn.example.com/x/img/a.svg?w=1&v=r7',
      'https://cdn.example.com/x/img/b.svg?v=r7',
    ])
    await app.write({ 'vite.config.ts': config("{ cdn: { tag: 'v1.2' } }", "base: './'") })
    await app.build()
    await expectEverywhere(app, ofTag('v1.2', './'))
  })

  it('takes the tag once for a server and a client that are built by different commands', async () => {
    const app = await createApp({ ...files, 'vite.config.ts': config("{ cdn: { tag: 'time' } }") })
    await app.build('--outDir', 'dist/client')
    const [tag] = await readClient(app)
    expect(tag).toMatch(/^20\d{12}$/)
    await nextSecond()
    await app.build('--ssr', 'src/entry-server.ts', '--outDir', 'dist/server')
    await expectEverywhere(app, ofTag(tag))
  })

  it.each([
    ['the client first', ['client', 'server']],
    ['the server first', ['server', 'client']],
  ])('and from JavaScript, %s', async (_, order) => {
    const app = await createApp({
      ...files,
      'vite.config.ts': config("{ cdn: { tag: 'time' } }"),
      'src/entry-server.ts': withoutTemplate,
    })
    const builds = {
      client: "await build({ build: { outDir: 'dist/client', manifest: true } })",
      server: "await build({ build: { outDir: 'dist/server', ssr: 'src/entry-server.ts' } })",
    }
    const tags: string[] = []
    for (const half of ['client', 'server'] as const)
      await app.write({ [`${half}.mjs`]: `import { build } from 'vite'; ${builds[half]}` })
    for (const half of [...order, ...order]) {
      await nextSecond()
      await execa(process.execPath, [`${half}.mjs`], {
        cwd: app.dir,
        extendEnv: false,
        env: cleanEnv(),
      })
      if (half !== order[1]) continue
      const [tag] = await readClient(app)
      tags.push(tag)
      expect((await readServer(app)).page).toEqual(ofTag(tag))
    }
    expect(tags[1]).not.toBe(tags[0])
  })

  it.each([
    ['server and client', files],
    ['the server alone', { ...files, 'src/entry-client.ts': '' }],
  ])('follows a file of public/ in watch mode, with %s', async (_, some) => {
    const app = await createApp({ ...some, 'vite.config.ts': config("{ cdn: { tag: 'content' } }") })
    const vite = join(repository, 'node_modules/vite/bin/vite.js')
    const child = spawn(process.execPath, [vite, 'build', '--watch'], {
      cwd: app.dir,
      env: cleanEnv(),
      stdio: 'ignore',
    })
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    })
    const shows = (text: string) =>
      expect
        .poll(() => app.read('dist/static/index.html').catch(() => ''), { timeout: 20_000 })
        .toContain(`/img/a.svg?w=1&tag=${contentTag(text)}`)
    await shows('<svg>1</svg>')
    await app.write({ 'public/img/a.svg': '<svg>2</svg>' })
    await shows('<svg>2</svg>')
    if (some === files)
      await expect
        .poll(async () => (await readClient(app))[1])
        .toBe(`/img/a.svg?w=1&tag=${contentTag('<svg>2</svg>')}`)
  })

  it('works on the server alone, in an app without a client', async () => {
    const app = await createApp({ ...files, 'vite.config.ts': config("{ cdn: { tag: 'content' } }") })
    await rm(join(app.dir, 'index.html'))
    await app.write({ 'src/entry-server.ts': withoutTemplate })
    await app.build()
    const page = readPage(await app.read('dist/static/index.html'))
    expect(page[2]).toBe(`/img/b.svg?tag=${contentTag('<svg/>')}`)
    expect(await readServer(app)).toEqual({ page, beside: page[2] })
    expect((await readHeader(app)).tag).toBe(page[0])
  })

  it('leaves a site without tags as it is', async () => {
    const app = await createApp()
    await app.build()
    expect(await readHeader(app)).not.toHaveProperty('tag')
    expect(await app.files('dist/server')).not.toContain('__distill_cdn.mjs')
    expect(await app.files('dist/client/.vite')).toEqual(['manifest.json', 'ssr-manifest.json'])
  })

  it('goes by the current folder in plain Node', async () => {
    const app = await createApp({ '.gitignore': 'node_modules\n' })
    const run = async () => {
      const script =
        "import { cdnStatic, cdnTag } from 'vite-distill/cdn'; console.log(cdnTag(), cdnStatic('img/a.svg'))"
      const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', script], {
        cwd: app.dir,
      })
      return stdout.split(' ')
    }
    const [time, url] = await run()
    expect(time).toMatch(/^20\d{12}$/)
    expect(url).toBe(`/img/a.svg?tag=${time}`)
    git(app, 'init', '--quiet')
    git(app, 'add', '--all')
    git(app, 'commit', '--quiet', '--message=x')
    expect((await run())[0]).toBe(git(app, 'rev-parse', 'HEAD').slice(0, 14))
  })

  it('gives server and client the same in dev, and follows the files', async () => {
    const app = await createApp({ ...files, 'vite.config.ts': config("{ cdn: { tag: 'content' } }") })
    const origin = await startVite(app)
    const read = async () => {
      const page = readPage(await (await fetch(origin)).text())
      const source = await (await fetch(`${origin}/@id/__x00__vite-distill/cdn`)).text()
      const url = `data:text/javascript,${encodeURIComponent(source)}`
      const { cdnStatic, cdnTag } = (await import(url)) as typeof import('../../src/cdn/index.ts')
      expect([cdnTag(), cdnStatic('/img/a.svg?w=1'), cdnStatic('img/b.svg')]).toEqual(page)
      return page[1]
    }
    expect(await read()).toBe(`/img/a.svg?w=1&tag=${contentTag('<svg>1</svg>')}`)
    // Vite's watcher misses a write that comes before it has read the folder, so each attempt writes again.
    const edit = async () => {
      await app.write({ 'public/img/a.svg': '<svg>22</svg>' })
      return read()
    }
    await expect
      .poll(edit, { timeout: 20_000, interval: 500 })
      .toBe(`/img/a.svg?w=1&tag=${contentTag('<svg>22</svg>')}`)
  })

  it('has one tag in dev while the server runs', async () => {
    const app = await createApp({
      ...files,
      'vite.config.ts': config("{ cdn: { tag: 'time' } }", "base: '/docs/'"),
    })
    const origin = await startVite(app)
    const read = async () => readPage(await (await fetch(`${origin}/docs/`)).text())
    const first = await read()
    expect(first).toEqual(ofTag(first[0], '/docs/'))
    await nextSecond()
    expect(await read()).toEqual(first)
    const source = await (await fetch(`${origin}/docs/@id/__x00__vite-distill/cdn`)).text()
    expect(source).toContain(first[0])
  })

  it('is the same where the package is installed and not linked', async () => {
    const app = await createApp({ ...files, 'vite.config.ts': config("{ cdn: { tag: 'content' } }") })
    const installed = join(app.dir, 'node_modules/vite-distill')
    // A link to the repository.
    await rm(installed)
    for (const name of ['dist', 'package.json'])
      await cp(join(repository, name), join(installed, name), { recursive: true })
    await app.build()
    const expected = await readClient(app)
    expect(expected[2]).toBe(`/img/b.svg?tag=${contentTag('<svg/>')}`)
    await expectEverywhere(app, expected)

    const origin = await startVite(app)
    expect(readPage(await (await fetch(origin)).text())).toEqual(expected)
    const client = await (await fetch(`${origin}/src/entry-client.ts`)).text()
    // Not as a dependency that Vite has bundled beforehand, which could not follow the files.
    expect(client).toContain('"/@id/__x00__vite-distill/cdn"')
  })
})

describe('cdn.html', () => {
  const pages = `'/': { distill: true, default: () => page('<img src="/img/a.svg"><a href="/about">b</a>' + cdnStatic('/img/b.svg')) },
  '/about': { distill: true, default: () => page('<p style="background:url(../img/b.svg)">' + 'é'.repeat(9)) },
  '/plain': { distill: true, default: () => page('nothing') },
  '/large': { distill: true, default: () => page('<img src="/img/a.svg">' + 'x'.repeat(3 << 20) + '<img src="/img/b.svg">') },
  '/data.json': { distill: true, default: () => ({ html: '<img src="/img/a.svg">' }) },
  '/old': { distill: true, distillStatus: 301, default: () => Response.redirect('http://localhost/img/a.svg', 301) },
  '/feed.xml': { distill: true, default: () => '<img src="/img/a.svg"/>' },`
  const site = {
    ...files,
    'public/frame.html': '<p>',
    'src/entry-server.ts': serverEntry(pages, "import { cdnStatic } from 'vite-distill/cdn'"),
  }
  const [a, b] = [contentTag('<svg>1</svg>'), contentTag('<svg/>')]

  it('tags the files of public/ in pages, and nothing else', async () => {
    const app = await createApp({ ...site, 'vite.config.ts': config('{}') })
    await app.build()
    const plain = new Map<string, string>()
    const keys = (await app.manifest()).keys()
    for (const key of keys) plain.set(key, await app.read(`dist/static/${key}`))
    await app.write({ 'vite.config.ts': config("{ cdn: { tag: 'content', html: true } }") })
    await app.build()

    const read = (key: string) => app.read(`dist/static/${key}`)
    expect(await read('index.html')).toContain(
      `<img src="/img/a.svg?tag=${a}"><a href="/about">b</a>/img/b.svg?tag=${b}`,
    )
    expect(await read('about/index.html')).toContain(`url(../img/b.svg?tag=${b})">ééééééééé`)
    expect(await read('large/index.html')).toContain(`<img src="/img/b.svg?tag=${b}">`)
    const changed: string[] = []
    for (const { key, sha256, size } of (await app.manifest()).values()) {
      const text = await read(key)
      expect([key, sha256, size]).toEqual([
        key,
        createHash('sha256').update(text).digest('hex'),
        Buffer.byteLength(text),
      ])
      // The client's own script holds other tags now.
      if (text.replace(/index-[\w-]+\.js/, '') !== plain.get(key)?.replace(/index-[\w-]+\.js/, ''))
        changed.push(key)
    }
    expect(changed.filter((key) => !key.startsWith('assets/'))).toEqual([
      'about/index.html',
      'index.html',
      'large/index.html',
    ])
  })

  it('comes after `transform`, and goes by the tag of the build', async () => {
    const app = await createApp({
      ...site,
      'vite.config.ts': config(
        `{
          cdn: { tag: () => String(Date.now()), param: 'v', html: true },
          links: false,
          transform: ({ text, url }) => url === '/plain' ? { body: text().replace('nothing', '<img src="/docs/img/a.svg"><iframe src="/docs/frame.html">') } : undefined,
        }`,
        "base: '/docs/'",
      ),
    })
    await app.build()
    const { tag } = await readHeader(app)
    expect(await app.read('dist/static/plain/index.html')).toContain(
      `<img src="/docs/img/a.svg?v=${tag}"><iframe src="/docs/frame.html">`,
    )
    // Another site's, under this base.
    expect(await app.read('dist/static/index.html')).toContain('<img src="/img/a.svg">')
    expect(await app.read('dist/static/about/index.html')).toContain(`url(../img/b.svg?v=${tag})`)

    const before = await app.read('dist/static/about/index.html')
    expect(await app.distill('render')).toMatchObject({ exitCode: 0 })
    expect(await app.read('dist/static/about/index.html')).toBe(before)
    expect((await readHeader(app)).tag).toBe(tag)
  })

  it.each(['content', 'v1'])('tags a page that a running server writes, too: %s', async (tag) => {
    const app = await createApp({
      ...site,
      'vite.config.ts': config(`{ cdn: { tag: '${tag}', html: true } }`),
      'src/entry-server.ts': serverEntry(
        `'/posts/:slug': { distillParams: () => ['a'], default: () => page('<img src="/img/a.svg">' + (process.env.TEXT ?? '')) },`,
        "export { renderFile } from 'vite-distill/app'",
      ),
      'edit.mjs': `import app, { renderFile } from './dist/server/entry-server.js'
await renderFile(app, 'dist/static', '/posts/:slug', 'a')`,
    })
    await app.build()
    // The reader of HTML is in the bundle: a production server may be installed without development dependencies.
    const bundle = await app.read('dist/server/entry-server.js')
    // Of statements only: messages of errors have code in them, too.
    const packages = parseAst(bundle).body.flatMap((node) =>
      'source' in node && node.source ? [node.source.value] : [],
    )
    expect(packages.filter((name) => !name.startsWith('.') && !isBuiltin(name) && name !== 'h3')).toEqual([])
    await execa(process.execPath, ['edit.mjs'], {
      cwd: app.dir,
      extendEnv: false,
      env: { ...cleanEnv(), TEXT: 'edited' },
    })
    expect(await app.read('dist/static/posts/a/index.html')).toContain(
      `<img src="/img/a.svg?tag=${tag === 'content' ? a : tag}">edited`,
    )
  })

  it('says so where the app was built without it', async () => {
    const app = await createApp(site)
    await app.write({
      'src/entry-client.ts': '',
      'src/entry-server.ts': serverEntry("'/': { distill: true, default: () => page('') },"),
    })
    await app.build()
    await app.write({ 'vite.config.ts': config('{ cdn: { html: true } }') })
    expect(await app.distill('render')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('the app was built without `cdn`'),
    })
  })
})

describe('a function that gives no tag', () => {
  it.each([
    ["() => { throw new Error('no release') }", 'the function `cdn.tag` threw: no release'],
    ['() => process.env.NOT_SET', 'the function `cdn.tag` returned `undefined`'],
  ])('%s', async (tag, message) => {
    const app = await createApp({ ...files, 'vite.config.ts': config(`{ cdn: { tag: ${tag} } }`) })
    const { exitCode, output } = await app.vite('build')
    expect(exitCode).toBe(1)
    expect(output).toContain(message)
  })
})
