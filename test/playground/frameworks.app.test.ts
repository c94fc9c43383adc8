import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type App, copyPlayground, repository } from '../app.ts'
import { start, startVite } from '../start.ts'

/** Every page of each playground by its file, with text that only this page has. */
const pages: Record<string, Record<string, string>> = {
  h3: {
    '404.html': '<h1>Nothing here</h1>',
    'docs/clay/index.html': '<h1>Clay</h1><p>Wedge it',
    'docs/firing/index.html': '<h1>Firing & cooling</h1>',
    'docs/glaze/index.html': '<h1>Glaze</h1>',
    'docs/index.html': '<a href="/docs/clay/">',
    'firings/index.html': '<h1>Firings</h1>',
    'index.html': '<h1>A small kiln, well kept</h1>',
  },
  hono: {
    '404.html': '<h1>Not found</h1>',
    'about/index.html': '<h1>About</h1>',
    'herbs.json': '{"mint":{"name":"Mint"',
    'herbs/mint/index.html': '<h1>Mint</h1>',
    'herbs/sage/index.html': 'Poor soil &amp; full sun',
    'herbs/thyme/index.html': '<h1>Thyme</h1>',
    'index.html': '<a href="/herbs/mint/">',
  },
  fetch: {
    '404.html': '<h1>Behind a cloud</h1>',
    'cassiopeia/index.html': '<h1>Cassiopeia</h1>',
    'cygnus/index.html': '<circle cx="50" cy="6" r="1.8" />',
    'index.html': '<a href="/lyra/">Lyra</a>',
    'lyra/index.html': '<h1>Lyra</h1>',
  },
  'h3-v1': {
    '404.html': '<h1>Run aground</h1>',
    'harbours.json': '"name":"Saint-Malo"',
    'harbours/cuxhaven/index.html': '<td>3.4 m</td>',
    'harbours/saint-malo/index.html': '<td>12.1 m</td>',
    'index.html': '<a href="/harbours/cuxhaven/">',
  },
  react: {
    'about/index.html': '<p>What lives in the pond',
    'gallery/index.html': '<figcaption>heron</figcaption>',
    'index.html': '<li>A heron, unwelcome</li>',
    'sightings.json': '"Water boatmen"',
  },
  svelte: {
    'hives/north/index.html': 'heavy with lime honey',
    'hives/south/index.html': '<title>South hive · Hives</title>',
    'index.html': '<h1>The orchard</h1>',
  },
  solid: {
    'about/index.html': '>About</h1>',
    'index.html': '>Ferry times</h1>',
    'islands/index.html': '>Brecqhou</li>',
  },
  'render-url': {
    'fern/index.html': '<h1>Fern</h1>',
    'index.html': '<h1>On a wet wall</h1>',
    'lichen/index.html': '<title>Lichen</title>',
    'moss/index.html': '<h1>Moss</h1>',
  },
  chunks: {
    'diary/index.html': '<h1>Diary</h1>',
    'index.html': '<h1>Long walks</h1>',
    'map/index.html': '<h1>Map</h1>',
  },
  languages: {
    'de/index.html': '<h1>Teehaus</h1>',
    'de/minztee/index.html': '<h1>Minztee</h1>',
    'de/schwarztee/index.html': '<h1>Schwarztee</h1>',
    'de/about/index.html': '<h1>Über uns</h1>',
    'en/about/index.html': '<h1>About</h1>',
    'en/black-tea/index.html': '<h1>Black tea</h1>',
    'en/index.html': '<h1>Tea house</h1>',
    'en/mint-tea/index.html': '<h1>Mint tea</h1>',
    'fr/about/index.html': '<h1>À propos</h1>',
    'fr/index.html': '<h1>Salon de thé</h1>',
    'fr/thé-noir/index.html': '<h1>Thé noir</h1>',
    'fr/thé-à-la-menthe/index.html': '<h1>Thé à la menthe</h1>',
    'index.html': '<h1>Tea · Thé · Tee</h1>',
  },
}

/** Components of home pages that get an image: the file, and an element before this place. */
const withImage: Record<string, [file: string, place: string, element: string]> = {
  chunks: ['src/App.vue', '<component ', '<img :src="photo" alt="" />'],
  react: ['src/App.tsx', '<main>', '<img src={photo} alt="" />'],
  svelte: ['src/App.svelte', '<h1>', '<img src={photo} alt="" />'],
}

/** A built copy of a playground, shared by all tests. */
const built = new Map<string, Promise<{ app: App; output: string }>>()
function build(name: string): Promise<{ app: App; output: string }> {
  const again = built.get(name)
  if (again) return again
  const first = copyPlayground(name).then(async (app) => {
    return { app, output: await app.build() }
  })
  built.set(name, first)
  return first
}

const read = (app: App, key: string) => app.read(`dist/static/${key}`)

describe.each(Object.keys(pages))('%s', (name) => {
  it('builds', async () => {
    const { app, output } = await build(name)
    const manifest = [...(await app.manifest()).values()]
    expect(output.match(/distilled \d+ pages?/g)).toEqual([
      `distilled ${Object.keys(pages[name]!).length} pages`,
    ])
    expect(
      manifest
        .filter(({ kind }) => kind === 'page')
        .map(({ key }) => key)
        .sort(),
    ).toEqual(Object.keys(pages[name]!).sort())
    for (const { key, size, status, headers } of manifest) {
      const text = await read(app, key)
      expect(Buffer.byteLength(text)).toBe(size)
      expect(text).toContain(pages[name]![key] ?? '')
      expect(text).not.toContain('<!--app-')
      if (key.endsWith('.html')) {
        expect(text).toMatch(/^<!doctype html>/i)
        expect([key, status]).toEqual([key, key === '404.html' ? 404 : 200])
        expect(headers['content-type']).toMatch(/^text\/html/)
      }
    }
  })

  it('is served in dev', async () => {
    const { app } = await build(name)
    const [component, place, element] = withImage[name] ?? []
    if (component !== undefined) {
      const code = (await app.read(component)).replace(place!, () => `${element}${place}`)
      await app.write({
        'src/photo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
        [component]: code.replace(/^(<script.*>\n)?/, "$1import photo from './photo.svg?no-inline'\n"),
      })
    }
    const origin = await startVite(app, '--base', '/docs/')
    const response = await fetch(`${origin}/docs/`)
    const home = await response.text()
    expect([response.status, home]).toEqual([200, expect.stringContaining('<html')])
    expect(home.match(/\/@vite\/client/g)).toHaveLength(1)
    expect(home).not.toContain('/docs/docs/')
    if (component !== undefined) expect(home).toContain('src="/docs/src/photo.svg?no-inline"')
    expect(home).toContain(/<h1.*?<\/h1>/.exec(await read(app, 'index.html'))![0])
    if (name === 'react') {
      // A server streams the fallback first; a file has the content in its place.
      expect(home).toContain('A moment…')
      expect(await read(app, 'index.html')).not.toContain('A moment…')
    }
  })
})

describe('in one playground', () => {
  it('h3: the routes and the middleware of a mounted app apply', async () => {
    const { app, output } = await build('h3')
    const manifest = await app.manifest()
    expect(manifest.get('docs/clay/index.html')).toMatchObject({
      route: '/docs/:chapter',
      params: { chapter: 'clay' },
      headers: { 'content-language': 'en', 'cache-control': 'public, max-age=600' },
    })
    expect(manifest.get('index.html')!.headers).toEqual({
      'content-type': 'text/html; charset=utf-8',
      'content-language': 'en',
    })
    expect(output).toContain('GET /docs/clay')
  })

  it('fetch: an app without a client has only the assets of public/', async () => {
    const { app } = await build('fetch')
    const assets = [...(await app.manifest()).values()].filter(({ kind }) => kind === 'asset')
    expect(assets.map(({ key }) => key)).toEqual(['robots.txt'])
    expect(await read(app, 'index.html')).toContain('<style>:root')
  })

  it('react: an error behind a Suspense boundary fails the build', async () => {
    const app = await copyPlayground('react')
    const entry = 'src/entry-server.tsx'
    await app.write({
      [entry]: (await app.read(entry)).replace("return ['Two", "throw new Error('dried up')\n  return ['Two"),
    })
    const { exitCode, output } = await app.vite('build')
    expect(exitCode).toBe(1)
    expect(output).toContain('dried up')
    expect(await app.files('dist/static')).toEqual([])
  })

  it('render-url: the bundle still exports `render`', async () => {
    const { app } = await build('render-url')
    const entry = pathToFileURL(join(app.dir, 'dist/server/entry-server.js')).href
    const { render } = (await import(entry)) as { render(url: string): { html: string } }
    expect(render('moss/').html).toContain('<h1>Moss</h1>')
  })

  it('render-url: a server with Vite as middleware still answers', async () => {
    const { app } = await build('render-url')
    await app.write({
      'server.js': `import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'vite'
const vite = await createServer({ server: { middlewareMode: true, ws: false }, appType: 'custom' })
const server = createHttpServer((req, res) =>
  vite.middlewares(req, res, async () => {
    const { render } = await vite.ssrLoadModule('/src/entry-server.ts')
    res.end('its own: ' + render(req.url.slice(1)).head)
  }),
).listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port))
`,
    })
    const origin = await start(app, 'server.js')
    expect(await (await fetch(`${origin}/moss/`)).text()).toBe('its own: <title>Moss</title>')
  })

  it('chunks: each page names its own chunks, and no others', async () => {
    const { app } = await build('chunks')
    const named = async (key: string) =>
      [
        ...(await read(app, key))
          .split('</head>')[0]!
          .matchAll(/<link rel="(\w+)" crossorigin href="\/assets\/(.+?)-[\w-]{8}\.\w+"/g),
      ]
        .map(([, rel, file]) => `${rel} ${file}`)
        .filter((link) => !/index|runtime-core/.test(link))
        .sort()
    expect(await named('index.html')).toEqual(['modulepreload Home'])
    const shared = ['modulepreload StageList', 'stylesheet StageList']
    expect(await named('map/index.html')).toEqual(['modulepreload Map', 'stylesheet Map', ...shared].sort())
    expect(await named('diary/index.html')).toEqual(
      ['modulepreload Diary', 'stylesheet Diary', ...shared].sort(),
    )
  })

  it('chunks: a page that names a lazy chunk and not its styles draws a warning', async () => {
    const { output } = await build('chunks')
    expect(output).not.toContain('its styles')
    const app = await copyPlayground('chunks')
    const entry = 'src/entry-server.ts'
    const changed = "preloads(context.modules).replace(/.*stylesheet.*/g, '')"
    await app.write({ [entry]: (await app.read(entry)).replace('preloads(context.modules)', changed) })
    expect(await app.build()).toMatch(
      /page `\/map\/`: it names `\/assets\/Map-[\w-]+\.js` and not its styles, `\/assets\/Map-[\w-]+\.css`/,
    )
  })

  it('languages: each page names its language and links to the others', async () => {
    const { app } = await build('languages')
    const page = await read(app, 'fr/thé-noir/index.html')
    expect(page).toContain('<html lang="fr">')
    expect(
      [...page.matchAll(/<link rel="alternate" hreflang="(.+?)" href="(.+?)">/g)].map(([, ...link]) => link),
    ).toEqual([
      ['en', 'https://tea.example/en/black-tea/'],
      ['fr', 'https://tea.example/fr/th%C3%A9-noir/'],
      ['de', 'https://tea.example/de/schwarztee/'],
      ['x-default', 'https://tea.example/'],
    ])
    const manifest = await app.manifest()
    const keys = new Set(manifest.keys())
    for (const { key, kind, headers } of manifest.values()) {
      if (kind !== 'page') continue
      if (key !== 'index.html') expect(headers['content-language']).toBe(key.slice(0, 2))
      for (const [, path] of (await read(app, key)).matchAll(
        /href="(?:https:\/\/tea\.example)?\/(|..\/.*?)"/g,
      ))
        expect(keys).toContain(`${decodeURIComponent(path!)}index.html`)
    }
  })
})

/** Lines of code without comments, indentation and trailing commas. */
const linesOf = (code: string) =>
  code
    .split('\n')
    .map((line) => line.trim().replace(/,$/, ''))
    .filter((line) => line !== '' && !/^(\/\/|\/\*\*)/.test(line))

it("the documentation's code is the playgrounds'", async () => {
  const unknown: string[] = []
  for (const [page, playgrounds] of [
    ['frameworks.md', Object.keys(pages)],
    ['preloads.md', ['chunks']],
  ] as const) {
    const text = await readFile(join(repository, 'docs', page), 'utf8')
    const blocks = [...text.matchAll(/```tsx?\n\/\/ (\S+)\n([^]*?)```/g)]
    expect(blocks.length).toBeGreaterThan(1)
    for (const [, path, code] of blocks) {
      const files = playgrounds
        .map((name) => join(repository, 'playground', name, path!))
        .filter((file) => existsSync(file))
      const sources = await Promise.all(
        files.map(async (file) => new Set(linesOf(await readFile(file, 'utf8')))),
      )
      if (!sources.some((lines) => linesOf(code!).every((line) => lines.has(line))))
        unknown.push(`${page}: ${path}\n${code}`)
    }
  }
  expect(unknown).toEqual([])
})
