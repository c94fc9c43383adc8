import { beforeAll, describe, expect, it } from 'vitest'
import { type App, createApp, serverEntry, viteConfig } from '../app.ts'

/** A page that shows its params as the app got them, and a route of it for each line. */
const echo = '(event) => page(JSON.stringify({ path: event.url.pathname, ...event.context.params }))'

describe('params', () => {
  let app: App
  beforeAll(async () => {
    app = await createApp({
      'src/entry-server.ts': serverEntry(
        [
          ['/inherited/:constructor/:__proto__', "[['a', 'b'], { constructor: 'c', ['__proto__']: 'd' }]"],
          ['/named/:slug', '[{ slug: "a" }, { slug: 7, other: "kept" }]'],
          ['/positional/:a/:b', '[["x", "y"], [1, 2n]]'],
          ['/literal/:slug', '["/literal/one", "/literal/%C3%A9"]'],
          ['/iterable/:n', 'new Set(["s1", "s2"])'],
          ['/promise/:n', 'Promise.resolve(["p1"])'],
          ['/generator/:n', '(function* () { yield "g1"; yield { n: "g2" } })()'],
          [
            '/endless/:n',
            '(function* () { for (let n = 0; n < (process.env.ENDLESS ? Infinity : 1); n++) yield n })()',
          ],
          ['/async/:n', '(async function* () { yield "a1" })()'],
          ['/promised-async/:n', 'Promise.resolve((async function* () { yield "pa1" })())'],
          ['/null', 'null'],
          ['/nothing', 'undefined'],
          ['/empty/:n', '[]'],
          ['/optional/:id?', '[{}, { id: "set" }]'],
          ['/plus/:id+', '[{ id: "one" }, { id: "one/two" }, { id: ["three", "four"] }]'],
          ['/star/:id*', '[{}, { id: "one/two" }]'],
          ['/digits/:id(\\\\d+)', '[42]'],
          ['/mixed/:a-:b', '[{ a: "l", b: "r" }]'],
          ['/json/:slug.json', '["x"]'],
          ['/rest/**:rest', '[{ rest: "a/b/c" }]'],
          ['/glob/**', '[["d/e"]]'],
          [
            '/odd/:s',
            `['a b', '100%', 'c+d', '#1', "it's", '🎈', 'مرحبا', 'e\\u0301', 'a&b=c', 'x;y,z@!$()']`,
          ],
        ]
          .map(([route, params]) => `'${route}': { default: ${echo}, distillParams: () => ${params} },`)
          .join('\n'),
      ),
    })
    expect(await app.build()).toContain('route `/empty/:n` has no pages')
  })

  it.each([
    ['inherited', ['a/b', 'c/d']],
    ['named', ['7', 'a']],
    ['positional', ['1/2', 'x/y']],
    ['literal', ['one', 'é']],
    ['iterable', ['s1', 's2']],
    ['promise', ['p1']],
    ['generator', ['g1', 'g2']],
    ['endless', ['0']],
    ['async', ['a1']],
    ['promised-async', ['pa1']],
    ['null', ['']],
    ['nothing', ['']],
    ['empty', []],
    ['optional', ['', 'set']],
    ['plus', ['one', 'one/two', 'three/four']],
    ['star', ['', 'one/two']],
    ['digits', ['42']],
    ['mixed', ['l-r']],
    ['rest', ['a/b/c']],
    ['glob', ['d/e']],
  ])('of /%s', async (route, pages) => {
    const files = await app.files(`dist/static/${route}`)
    expect(files).toEqual(pages.map((page) => `${page}${page && '/'}index.html`).sort())
  })

  it('keeps an extension', async () => {
    expect(await app.files('dist/static/json')).toEqual(['x.json'])
  })

  it.each(['a b', '100%', 'c+d', '#1', "it's", '🎈', 'مرحبا', 'e\u0301', 'a&b=c', 'x;y,z@!$()'])(
    'with %j: decoded in the file name, encoded in the request',
    async (value) => {
      const shown = await app.read(`dist/static/odd/${value}/index.html`)
      const { s } = JSON.parse(/<body>({.*?})/.exec(shown)![1]!) as { s: string }
      expect(decodeURIComponent(s)).toBe(value)
      const file = (await app.manifest()).get(`odd/${value}/index.html`)!
      expect(file).toMatchObject({ url: `/odd/${encodeURIComponent(value)}/`, params: { s: value } })
    },
  )

  it('are kept in the manifest beyond those of the route', async () => {
    expect((await app.manifest()).get('named/7/index.html')!.params).toEqual({ slug: '7', other: 'kept' })
  })

  it('may have the names of what every object inherits', async () => {
    const { params } = (await app.manifest()).get('inherited/c/d/index.html')!
    expect(Object.entries(params!)).toEqual([
      ['constructor', 'c'],
      ['__proto__', 'd'],
    ])
  })

  it('are listed by `urls`, without rendering', async () => {
    const { stdout, exitCode } = await app.distill('urls', '--json')
    expect(exitCode).toBe(0)
    const urls = JSON.parse(stdout) as { url: string; file: string; route: string; params?: object }[]
    expect(urls).toContainEqual({
      url: '/odd/%F0%9F%8E%88',
      file: 'odd/🎈/index.html',
      route: '/odd/:s',
      params: { s: '🎈' },
    })
    const pages = [...(await app.manifest()).values()].filter(({ kind }) => kind === 'page')
    expect(urls.map(({ file }) => file).sort()).toEqual(pages.map(({ key }) => key).sort())
    expect((await app.distill('urls')).stdout).toContain('/named/a  named/a/index.html')
  })

  it('that never end are an error that names the route', async () => {
    app.env = { ENDLESS: '1', NODE_OPTIONS: '--max-old-space-size=100' }
    const { exitCode, stderr } = await app.distill('urls')
    app.env = {}
    expect(stderr).toMatch(/route `\/endless\/:n` has [\d,]+ pages or more, .*does its `distillParams` end\?/)
    expect(exitCode).toBe(1)
  })
})

describe('a route that another one answers', () => {
  it('is refused, with both names', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(`
        '/p/new': { default: () => page('new') },
        '/p/:id': { default: () => page('one'), distillParams: () => ['old', 'new'] },`),
    })
    expect(await app.vite('build')).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining(
        'route `/p/:id`, params `["new"]`: `/p/new` never reaches it: the app answers that URL by its route `/p/new`',
      ),
    })
  })
})

describe('a function that names files', () => {
  it('gets the params and may use every folder', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(`
        '/p/:year/:slug': { default: () => page('p'), distillFile: ({ year, slug }) => 'archive/' + year + '-' + slug + '.html', distillParams: () => [['2024', 'a b']] },
        '/q/:slug': { default: () => page('q'), distillFile: 'q/{slug}.htm', distillParams: () => ['x'] },
        '/r/:slug': { default: () => page('r'), distillFile: '{0}.html', distillParams: () => [['y']] },
        '/s': { default: () => page('s'), distil: true },`),
    })
    expect(await app.build()).toContain('route `/s`: `distil` has no effect; did you mean `distill`?')
    expect((await app.files('dist/static')).filter((file) => !file.startsWith('assets/'))).toEqual([
      'archive/2024-a b.html',
      'q/x.htm',
      'y.html',
    ])
  })
})

describe('languages', () => {
  it('fill `:lang` in every route that has it', async () => {
    const app = await createApp({
      'vite.config.ts': viteConfig("{ languages: ['en', 'fr', 'pt-BR'] }"),
      'src/entry-server.ts': serverEntry(`
        '/': { distill: true, default: () => page('choose') },
        '/:lang/': { distill: true, default: (event) => page('home ' + event.context.params.lang) },
        '/:lang/posts/:slug': {
          default: (event) => page(event.context.params.lang + ' ' + event.context.params.slug),
          distillParams: ({ lang }) => lang === 'fr' ? ['un'] : lang === 'en' ? [{ slug: 'one' }, '/en/posts/two'] : [],
        },`),
    })
    await app.build()
    expect((await app.files('dist/static')).filter((file) => !file.startsWith('assets/'))).toEqual([
      'en/index.html',
      'en/posts/one/index.html',
      'en/posts/two/index.html',
      'fr/index.html',
      'fr/posts/un/index.html',
      'index.html',
      'pt-BR/index.html',
    ])
    expect(await app.read('dist/static/fr/posts/un/index.html')).toContain('fr un')
    expect((await app.manifest()).get('en/posts/one/index.html')!.params).toEqual({ lang: 'en', slug: 'one' })
  })

  it('refuses a page of another language than it was asked for', async () => {
    const app = await createApp({
      'vite.config.ts': viteConfig("{ languages: ['en', 'fr'] }"),
      'src/entry-server.ts': serverEntry(
        "'/:lang/x': { distillParams: () => [{ lang: 'en' }], default: () => '' },",
      ),
    })
    expect(await app.vite('build')).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('its `lang` is `en`, and `distillParams` was called for `fr`'),
    })
  })
})
