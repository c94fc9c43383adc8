import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { type App, createApp, serverEntry, viteConfig } from '../app.ts'

/** An app whose pages are in `site.json`: by path, the HTML of each. A page with `throw` fails. */
const entry = serverEntry(
  `
  '/**': {
    distillParams: () => Object.keys(pages()).map((url) => page({ 0: url.slice(1) }, { cacheKey: pages()[url] })),
    default: (event) => {
      const html = pages()[decodeURI(event.url.pathname)]
      // Too large for one message: it goes out in parts.
      if (html.includes('stream')) return new Response(new Blob(['<!doctype html>', ' '.repeat(3 << 20), html]).stream(), { headers: { 'content-type': 'text/html' } })
      if (html.includes('throw')) throw new Error('no such thing')
      return new Response('<!doctype html>' + html, { headers: { 'content-type': 'text/html' } })
    },
  },
  '/api/users': { default: () => [] },`,
  `import { readFileSync } from 'node:fs'
  import { page } from 'vite-distill/app'
  const pages = () => JSON.parse(readFileSync('site.json', 'utf8'))`,
).replace('const page = (', 'const shell = (')

const config = (options: string) => viteConfig(`{ cache: { audit: 0 }, ${options} }`)

let app: App
const site = (pages: Record<string, string>) => app.write({ 'site.json': JSON.stringify(pages) })

const good = {
  '/': '<h1 id=top-news>News</h1><a href="/about/">About</a><a href="/about/#team">Team</a>',
  '/about/': '<h2 id=team>Team</h2><a href="/">Home</a><a href="/old/">Old</a>',
}

beforeAll(async () => {
  app = await createApp({
    'src/entry-server.ts': entry,
    'vite.config.ts': config("redirects: { '/old/': '/' }"),
  })
  await site(good)
  await app.build()
})

test('a site without broken links is built, and told what could be better', async () => {
  const { exitCode, stdout, stderr } = await app.distill('render', '--json')
  expect(exitCode).toBe(0)
  const { links, warnings } = JSON.parse(stdout) as { links: { links: number }; warnings: string[] }
  expect(links).toMatchObject({ links: 5, broken: [], unlinked: [] })
  expect(warnings).toEqual([])
  expect(stderr).toContain('links to 1 URL cost visitors a redirect: `/old/` → `/`, linked from `/about/`')
})

test('a broken link fails the build, and the last site stays as it was', async () => {
  const before = await app.read('dist/static/index.html')
  const manifest = await app.read('dist/static.manifest.jsonl')
  await site({
    '/': '<a href="/gone/">Gone</a><a href="/about/#them">Them</a><a href="/api/users">API</a>',
    '/about/': '<a href="/gone/">Gone</a><img src="/logo.png">',
  })
  const { exitCode, output } = await app.vite('build')
  expect(exitCode).toBe(1)
  expect(output).toContain(
    [
      '2 files have links that lead nowhere, to 4 URLs',
      '  `/gone/` (the site has no such page or file)',
      '    linked from `/`, `/about/`',
      '  `/about/#them` (no element has this `id`)',
      '    linked from `/`',
      '  `/api/users` (a route of the app that is not distilled (`/api/users`): add it to `links.served` if a server answers it)',
      '    linked from `/`',
      '  `/logo.png` (the site has no such page or file)',
      '    linked from `/about/`',
    ].join('\n'),
  )
  expect(await app.read('dist/static/index.html')).toBe(before)
  expect(await app.read('dist/static.manifest.jsonl')).toBe(manifest)

  const { exitCode: code, stdout } = await app.distill('render', '--json')
  const { error } = JSON.parse(stdout) as { error: { code: string; links: { url: string }[] } }
  expect([code, error.code]).toEqual([1, 'LINKS_BROKEN'])
  expect(error.links).toHaveLength(4)
  expect(error.links[0]).toEqual({
    url: '/gone/',
    problem: 'missing',
    level: 'error',
    why: 'the site has no such page or file',
    referrers: ['/', '/about/'],
  })

  await app.write({ 'vite.config.ts': config("links: { missing: 'warn', fragments: false }") })
  const { exitCode: warned, stderr } = await app.distill('render')
  expect(warned).toBe(0)
  expect(stderr).toContain('2 files have links that lead nowhere, to 3 URLs')

  await app.write({ 'vite.config.ts': config('links: false') })
  const off = await app.distill('render')
  expect(off.exitCode).toBe(0)
  expect(off.stderr).not.toContain('lead')
})

describe('`check`', () => {
  test('audits the site that is there, even with `links: false`', async () => {
    const { exitCode, stdout, stderr } = await app.distill('check', '--json')
    expect(exitCode).toBe(1)
    const { pages, broken } = JSON.parse(stdout) as { pages: number; broken: { url: string }[] }
    expect([pages, broken.map(({ url }) => url)]).toEqual([
      2,
      ['/gone/', '/about/#them', '/api/users', '/logo.png'],
    ])
    expect(stderr).toContain('2 files have links that lead nowhere')
  })

  test('of a site without broken links', async () => {
    await site(good)
    await app.write({ 'vite.config.ts': config("redirects: { '/old/': '/' }") })
    expect((await app.distill('render')).stderr).not.toContain('✗')
    const { exitCode, stdout } = await app.distill('check')
    expect([exitCode, stdout.trim()]).toEqual([0, 'all 5 links of 2 pages lead somewhere'])
  })

  test('`--external` asks other sites, and only reports', async () => {
    const asked: string[] = []
    const server = createServer(({ method, url = '' }, response) => {
      asked.push(`${method} ${url}`)
      response.writeHead(url === '/here' ? 200 : 404).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const there = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const more = `<a href="${there}/here#x"></a><img src="${there}/gone.png"><a href="${there}/private/x"></a>`
    await app.write({
      'vite.config.ts': config(
        `redirects: { '/old/': '/', '/far/': '${there}/none' }, links: { ignore: ['${there}/private/**'] }`,
      ),
    })
    await site({ ...good, '/about/': good['/about/'] + more })
    await app.distill('render')
    expect(asked).toEqual([])
    const { exitCode, stdout, stderr } = await app.distill('check', '--external', '--json')
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      pages: 2,
      broken: [],
      external: {
        addresses: 3,
        broken: [
          { url: `${there}/gone.png`, status: 404, why: 'status 404', referrers: ['/about/'] },
          { url: `${there}/none`, status: 404, referrers: ['/far/'] },
        ],
        refused: [],
        moved: [],
      },
    })
    expect(stderr).toContain(`2 URLs of other sites lead nowhere\n  \`${there}/gone.png\` (status 404)`)
    expect(asked.sort()).toEqual(['GET /gone.png', 'GET /none', 'HEAD /gone.png', 'HEAD /here', 'HEAD /none'])
    expect(await app.read('dist/static.external.json')).toContain('/here')
    server.close()
    // Without the option, nothing is asked.
    expect((await app.distill('check')).stdout.trim()).toMatch(/^all \d+ links of 2 pages lead somewhere$/)
  })
})

test('a page or an id that is gone is found in pages that were kept', async () => {
  await site({ '/about/': good['/about/'], '/': good['/'], '/b/': '<a href="/about/#team">Team</a>' })
  expect((await app.distill('render', '--json')).exitCode).toBe(0)
  await site({
    '/about/': good['/about/'].replace('team', 'people'),
    '/': good['/'],
    '/b/': '<a href="/about/#team">Team</a>',
  })
  const kept = await app.distill('render', '--json')
  expect(JSON.parse(kept.stdout)).toMatchObject({
    error: { code: 'LINKS_BROKEN', links: [{ url: '/about/#team', referrers: ['/', '/b/'] }] },
  })

  await site({ '/about/': good['/about/'], '/': '<a href="/about/">About</a><a href="/b/">B</a>' })
  const removed = await app.distill('render', '--json')
  expect(JSON.parse(removed.stdout)).toMatchObject({
    error: { code: 'LINKS_BROKEN', links: [{ url: '/b/', referrers: ['/'] }] },
  })
  // Of the pages that `--only` keeps, too.
  await site({ '/': good['/'], '/b/': '<p>' })
  const only = await app.distill('render', '--json', '--only', 'about')
  expect(JSON.parse(only.stdout)).toMatchObject({
    error: { code: 'LINKS_BROKEN', links: [{ url: '/about/' }] },
  })
})

test('a failed page names those that link to it', async () => {
  await site({ ...good, '/b/': '<a href="/bad/">', '/c/': '<img src="/bad/#x">', '/bad/': 'throw' })
  const { exitCode, stderr, stdout } = await app.distill('render', '--json')
  expect(exitCode).toBe(1)
  expect(stderr).toContain('`/bad/` (route `/**`, params `{"0":"bad/"}`), linked from `/b/`, `/c/`')
  const { error } = JSON.parse(stdout) as { error: { pages: { referrers: string[] }[] } }
  expect(error.pages[0]!.referrers).toEqual(['/b/', '/c/'])
})

test('a page that is written in parts has links and ids, too', async () => {
  await site({
    '/': '<a href="/large/#end">L</a><a href="/large/#x">X</a>',
    '/large/': '<!-- stream --><p id=end><a href="/gone/">',
  })
  const { stdout } = await app.distill('render', '--json')
  expect(JSON.parse(stdout)).toMatchObject({
    error: {
      links: [
        { url: '/gone/', referrers: ['/large/'] },
        { url: '/large/#x', referrers: ['/'] },
      ],
    },
  })
})

test("with `assets: { include: false }`, something else serves the client's files", async () => {
  await site({ '/': '<script src="/src-of-client.js"></script><img src="/logo.svg">' })
  await app.write({ 'public/logo.svg': '<svg/>', 'vite.config.ts': config('assets: { include: false }') })
  await app.vite('build')
  const { stdout } = await app.distill('render', '--json')
  expect(JSON.parse(stdout)).toMatchObject({ error: { links: [{ url: '/src-of-client.js' }] } })
})
