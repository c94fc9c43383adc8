import { rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type App, createApp, serverEntry, viteConfig } from '../app.ts'
import { commandsIn } from '../ci/runner.ts'

const home = "'/': { distill: true, default: () => page('home') },"

/** Builds an app of these routes; each must fail, say these things and leave the last site as it was. */
const failures: [name: string, entry: string, ...says: string[]][] = [
  [
    'an entry without a default export',
    'export const app = 1',
    'dist/server/entry-server.js` has no default export',
    'Export it as the default: `export { app as default }`.',
  ],
  [
    'a default export without fetch',
    'export default { handle() {} }',
    'dist/server/entry-server.js` has a default export without `fetch`',
    'Export an app with `fetch(request)`',
  ],
  [
    'an entry that throws on import',
    "const connect = () => {\n  throw new Error('no database at db:5432')\n}\nconnect()\nexport default () => new Response('')",
    'the server entry threw while it was loaded: no database at db:5432',
    'src/entry-server.ts:2:9',
  ],
  [
    'an entry that asks itself while it loads',
    `await fetch('/api/posts')\nexport default () => new Response('')`,
    "the server entry threw while it was loaded: `fetch('/api/posts')` asks the app itself, which is still loading",
    'src/entry-server.ts:1:7',
  ],
  [
    'an entry that does not wait for what it asks itself while it loads',
    `void fetch('/api/posts')\n${serverEntry(home)}`,
    "`fetch('/api/posts')` asks the app itself, which is still loading: call it in a handler or in `distillParams`",
  ],
  [
    'an entry that waits for something that never comes',
    `await new Promise(() => {})\nexport default () => new Response('')`,
    'Waiting for the import of the server entry\n',
    'the import of the server entry took longer than `timeout`, 2000 ms',
    'raise `timeout`',
  ],
  [
    'distillRoutes that never end',
    `export const distillRoutes = () => new Promise(() => {})\nexport default () => new Response('')`,
    'Waiting for `distillRoutes` of the server entry\n',
    '`distillRoutes` of the server entry took longer than `timeout`, 2000 ms',
  ],
  [
    'distillParams that never end',
    serverEntry(
      `${home} '/p/:id': { distillParams: async function* () { yield 1; await new Promise(() => {}) }, default: () => '' },`,
    ),
    'Waiting for `distillParams` of route `/p/:id`\n',
    '`distillParams` of route `/p/:id` took longer than `timeout`, 2000 ms',
  ],
  [
    'distillParams that throws',
    serverEntry(
      `${home} '/p/:id': { distillParams: async () => { throw new Error('no table posts') }, default: () => '' },`,
    ),
    'cannot list the pages of route `/p/:id`: no table posts',
    'src/entry-server.ts:7:',
  ],
  [
    'distillParams that returns a string',
    serverEntry("'/p/:id': { distillParams: () => 'all', default: () => '' },"),
    'route `/p/:id`: `distillParams` returned the string `all`; it must return a list of pages',
  ],
  [
    'distillParams that returns a number',
    serverEntry("'/p/:id': { distillParams: () => 3, default: () => '' },"),
    'route `/p/:id`: `distillParams` returned the number `3`',
  ],
  [
    'distillParams that returns an object',
    serverEntry("'/p/:id': { distillParams: () => ({ id: 1 }), default: () => '' },"),
    'route `/p/:id`: `distillParams` returned an object that cannot be iterated',
  ],
  [
    'params that do not fit the route, all of them at once',
    serverEntry(`
      '/p/:id': { distillParams: () => [{ slug: 1 }, { id: 'a/b' }, { id: '' }, [1, 2], '/q/1', true, { id: {} }], default: () => '' },
      '/n/:id(\\\\d+)': { distillParams: () => ['x'], default: () => '' },
      '/d/:id': { distill: true, default: () => '' },`),
    'cannot list the pages: 8 problems',
    'route `/p/:id`, params `{"slug":1}`: `id` is missing',
    'params `{"id":"a/b"}`: `id` is `a/b`, and a slash does not fit into `:id`',
    'params `{"id":""}`: `id` is empty',
    'params `[1,2]`: it has 2 values and the route takes 1',
    'page `/q/1`: `/q/1` does not match the route',
    'route `/p/:id`: element 5 of `distillParams` is a boolean (`true`)',
    'route `/n/:id(\\d+)`, params `["x"]`: `/n/x` does not match the route',
    'route `/d/:id`: `distill` is for routes without params',
  ],
  [
    'two pages that are one file',
    serverEntry(
      "'/a': { distill: true, default: () => '' }, '/b': { distill: true, distillFile: 'a/index.html', default: () => '' }, '/A': { distill: true, default: () => '' },",
    ),
    '`a/index.html` would be written by page `/a` of route `/a` and by page `/b` of route `/b`',
    'are one file where case or Unicode form does not count',
  ],
  [
    'a page where a file of public/ is',
    serverEntry(
      "'/taken.txt': { distill: true, default: () => '' }, '/taken.txt/x': { distill: true, default: () => '' },",
    ),
    "`taken.txt` would be written by the client's file `taken.txt` and by page `/taken.txt` of route `/taken.txt`",
    "`taken.txt` would be a file (the client's file `taken.txt`) and a folder (of `taken.txt/x/index.html`",
  ],
  [
    'files that cannot be',
    serverEntry(`'/f/:n': { distillFile: ({ n }) => n === '1' ? '../out.html' : n === '2' ? 'a\\\\b' : n === '3' ? 'x'.repeat(256) : 'con.txt', distillParams: () => [1, 2, 3, 4], default: () => '' },
      '/t': { distill: true, distillFile: '{slug}.html', default: () => '' },`),
    'it has a `..` folder',
    'it has a backslash',
    'is longer than 255 bytes',
    'Windows cannot have a file called `con.txt`',
    '`distillFile` names `{slug}`, and the page has no such param',
  ],
  [
    'pages that answer other statuses, and pages that throw',
    serverEntry(
      `${home}
      '/missing': { distill: true, default: () => new Response('', { status: 404 }) },
      '/moved': { distill: true, default: () => new Response(null, { status: 302, headers: { location: '/login' } }) },
      '/self': { distill: true, default: () => fetch('/self') },
      '/p/:id': { distillParams: () => [1, 2, 3, 4, 5], default: (event) => load(event.context.params.id) },`,
      "function load(id) {\n  throw new Error('cannot read post', { cause: new RangeError('row is gone') })\n}",
    ),
    '8 pages could not be rendered',
    '`/missing` (route `/missing`)\n    it answered 404, where 200 was expected',
    'it answered 302, a redirect to `/login`, where 200 was expected',
    "`fetch()` of the app's own pages does not end: `/self` → `/self` → `/self`",
    '`/p/1` (route `/p/:id`, params `{"id":"1"}`)',
    'and 2 pages more',
    'it answered 500, where 200 was expected: cannot read post\n    at load (src/entry-server.ts:5:9)',
    'caused by RangeError: row is gone',
    'The site of the last build was left as it was.',
  ],
  [
    'a page that calls process.exit(0)',
    serverEntry(
      `${home} '/exit': { distill: true, default: () => leave() },`,
      'const leave = () => process.exit(0)',
    ),
    'the app called `process.exit(0)` while `/exit` was being rendered',
    'src/entry-server.ts:4:29',
  ],
  [
    'process.exit(0) on import',
    'process.exit(0)\nexport default () => new Response()',
    'the app called `process.exit(0)` before any page was rendered',
  ],
  [
    'a page that never answers, beside one that never lets go',
    serverEntry(`${home}
      '/slow': { distill: true, default: () => new Promise(() => {}) },
      '/loop': { distill: true, default: () => { for (;;); } },
      '/stream': { distill: true, default: () => new ReadableStream({ start(c) { c.enqueue(new Uint8Array(9)) } }) },`),
    'it took longer than `timeout`, 2000 ms',
    '`/loop` (route `/loop`)\n    it kept the thread busy for longer than `timeout` (an endless loop?)',
    '`/stream`',
  ],
  [
    'a rejection that nobody handles',
    serverEntry(
      `'/bad': { distill: true, default: async () => { await null; void Promise.reject(new Error('lost')); await new Promise(() => {}) } },
       '/other': { distill: true, default: () => new Promise(() => {}) },`,
    ),
    'an unhandled rejection of page `/bad`: lost\n',
    'handle its rejection with `.catch()`',
    'src/entry-server.ts:7:',
  ],
  [
    'an exception that nobody catches, and that is nothing',
    serverEntry(
      `'/bad': { distill: true, default: () => { setTimeout(() => { throw null }); return new Promise(() => {}) } },
       '/other': { distill: true, default: () => new Promise(() => {}) },`,
    ),
    'an uncaught exception of page `/bad`: null',
  ],
]

describe('a build that fails', () => {
  let app: App
  beforeAll(async () => {
    app = await createApp({ 'vite.config.ts': viteConfig('{ timeout: 2000 }'), 'public/taken.txt': 'mine' })
    await app.build()
  })

  it.each(failures)('%s', async (_, entry, ...says) => {
    const before = await Promise.all([
      app.files('dist/static'),
      app.read('dist/static.manifest.jsonl'),
      app.read('dist/static/index.html'),
    ])
    await app.write({ 'src/entry-server.ts': entry })
    const { exitCode, output } = await app.vite('build')
    for (const words of says) expect(output).toContain(words)
    expect(output).not.toContain('✓ distilled')
    expect(exitCode).toBe(1)
    expect(
      await Promise.all([
        app.files('dist/static'),
        app.read('dist/static.manifest.jsonl'),
        app.read('dist/static/index.html'),
      ]),
    ).toEqual(before)
    expect(await app.files('dist/static.staging')).toEqual([])
  })

  it('because of things that are hardly errors, is told to GitHub by `vite build` and as JSON by `render`', async () => {
    await app.write({
      'src/entry-server.ts': serverEntry(
        `'/null': { distill: true, default: () => { throw Object.create(null) } },
         '/nothing': { distill: true, default: () => { throw undefined } },
         '/unreadable': { distill: true, default: () => { throw new Unreadable() } },
         '/cyclic': { distill: true, default: () => { throw cyclic } },
         '/h3': { distill: true, default: () => { throw new HTTPError({ status: 500, message: 'no post', data: 1 }) } },
         '/command': { distill: true, default: () => { throw new Error('::add-mask::a\\n::add-mask::b') } },`,
        `import { HTTPError } from 'h3'
         class Unreadable extends Error { get message() { throw new Error('no message') } }
         const cyclic = new Error('round')
         cyclic.cause = cyclic`,
      ),
    })
    app.env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_STEP_SUMMARY: join(app.dir, 'summary.md'),
      GITHUB_WORKSPACE: dirname(app.dir),
    }
    const built = await app.vite('build')
    app.env = {}
    expect(built.output).toContain('6 pages could not be rendered')
    expect(built.output).toContain('expected: no post\n    at')
    const annotations = commandsIn(built.output)
    expect(annotations).toHaveLength(7)
    for (const { name, properties } of annotations)
      expect([name, properties.title]).toEqual(['error', 'vite build: PAGES_FAILED'])
    expect(annotations.find(({ message }) => message.startsWith('`/h3`'))).toMatchObject({
      properties: { file: `${basename(app.dir)}/src/entry-server.ts`, line: '14' },
      message: '`/h3`: it answered 500, where 200 was expected: no post',
    })
    expect(await app.read('summary.md')).toContain('### ❌ `vite build`: `PAGES_FAILED`')
    const { exitCode, stdout } = await app.distill('render', '--json')
    const { error } = JSON.parse(stdout) as {
      error: { code: string; pages: { url: string; message: string }[] }
    }
    expect(error.code).toBe('PAGES_FAILED')
    expect(error.pages.map(({ url, message }) => [url, message.split('expected: ').at(-1)])).toEqual([
      ['/null', '[Object: null prototype] {}'],
      ['/nothing', 'undefined'],
      ['/unreadable', 'no message'],
      ['/cyclic', 'round'],
      ['/h3', 'no post'],
      ['/command', '::add-mask::a\n::add-mask::b'],
    ])
    expect(exitCode).toBe(1)
  })

  it('has no entry', async () => {
    const none = await createApp()
    await rm(join(none.dir, 'src/entry-server.ts'))
    expect(await none.vite('build')).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('no server entry was found'),
    })
    await none.write({ 'vite.config.ts': viteConfig("{ entry: 'src/main.ts' }") })
    expect(await none.vite('build')).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('the server entry `src/main.ts` does not exist'),
    })
  })

  it.each([
    ["{ outdir: 'x' }", 'distill() has no option `outdir`', 'Did you mean `outDir`?'],
    ["{ layout: 'flat' }", '`layout` is `flat`', 'It may be `directory`, `file` or `exact`.'],
    ['{ concurrency: 0 }', '`concurrency` is `0`'],
    ["{ outDir: '.' }", '`outDir` is `.`, which holds the app itself'],
    ["{ origin: 'example.com' }", '`origin` is `example.com`'],
    ["{ publish: { a: { backend: 'ftp' } } }", '`publish.a.backend` is `ftp`', 'It may be `directory`, `s3`'],
    ["{ publish: { a: { backend: 's3' } } }", '`publish.a.bucket` is missing'],
    [
      "{ publish: { a: { backend: 's3', bucket: 'b', accessKeyId: 'x' } } }",
      '`publish.a` has only one of `accessKeyId` and `secretAccessKey`',
    ],
  ])('has the options %s', async (options, ...says) => {
    await app.write({ 'vite.config.ts': viteConfig(options) })
    const { exitCode, output } = await app.vite('build')
    for (const words of says) expect(output).toContain(words)
    expect(exitCode).toBe(1)
  })
})

describe('a build that ends well', () => {
  it('does so whatever the app leaves open, and keeps what it prints', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        home,
        `import { createServer } from 'node:http'
         import { parentPort, workerData } from 'node:worker_threads'
         for (const type of ['ready', 'closed']) parentPort.postMessage({ type })
         for (const type of ['error', 'failed', 'pages', 'batch', 'exit']) parentPort.postMessage({ type, code: 0 })
         parentPort.on('message', () => process.exit(1))
         workerData.port?.close()
         setInterval(() => {}, 1000)
         createServer().listen(0)
         console.log('opened a server')`,
      ),
    })
    const output = await app.build()
    expect(output).toContain('opened a server')
    expect(output).toContain('distilled 1 page')
  })

  it('says which pages hold what a file cannot', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        "'/me': { distill: true, default: () => page('', { headers: { 'set-cookie': 'a=b', 'cache-control': 'private', vary: 'Cookie', 'content-type': 'text/html' } }) },",
      ),
    })
    app.env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(app.dir, 'summary.md') }
    const output = await app.build()
    expect(commandsIn(output).filter(({ name }) => name === 'warning')).toHaveLength(3)
    expect(await app.read('summary.md')).toMatch(
      /### ✅ `vite build`\n\ndistilled 1 page, [^]*- page `\/me`: it sets a cookie/,
    )
    expect(output).toContain('page `/me`: it sets a cookie')
    expect(output).toContain('page `/me`: its `Cache-Control: private`')
    expect(output).toContain('page `/me`: it varies by cookie')
  })
})
