import { existsSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import type { BuildReport, ReportFile } from '../../src/report/data.ts'
import { readPage } from '../../src/report/page.ts'
import { type App, createApp, serverEntry, viteConfig } from '../app.ts'

/** An app whose pages are in `site.json`: by path, the HTML of each, and its cache key if it has one. */
const entry = serverEntry(
  `
  '/**': {
    distillParams: () => Object.entries(site()).map(([url, { cacheKey }]) => page({ 0: url.slice(1) }, { cacheKey })),
    default: (event) => {
      const { html } = site()[decodeURI(event.url.pathname)]
      if (html.includes('throw')) throw new Error('no key ' + process.env.AWS_SECRET_ACCESS_KEY + ' in ' + process.cwd() + '/data')
      return new Response('<!doctype html>' + html, { headers: { 'content-type': 'text/html' } })
    },
  },`,
  `import { readFileSync } from 'node:fs'
  import { page } from 'vite-distill/app'
  const site = () => JSON.parse(readFileSync('site.json', 'utf8'))`,
).replace('const page = (', 'const shell = (')

const config = (options: string) => viteConfig(`{ cache: { audit: 0 }, links: 'warn', ${options} }`)
type Site = Record<string, { html: string; cacheKey?: string }>

let app: App
const write = (site: Site) => app.write({ 'site.json': JSON.stringify(site) })
const reportFile = () => `${app.dir}/dist/static.report.html`
const report = () => readPage(reportFile())
const fileOf = ({ files }: BuildReport, key: string): ReportFile => {
  const found = files.find((file) => file.key === key)
  if (!found) throw new Error(`no ${key} in ${files.map((file) => file.key).join(', ')}`)
  return found
}
const linksOf = (all: BuildReport, key: string) =>
  fileOf(all, key).links?.map((index) => all.files[index]!.key)

const first: Site = {
  '/': {
    html: '<a href="/about/">A</a><a href="/about/#us">A</a><a href="/old/">O</a><a href="/gone/">G</a><a href="/gone/%3C/script%3E">G</a>',
  },
  '/about/': { html: '<h1 id=us>Us</h1><a href="/">Home</a>', cacheKey: '1' },
  '/alone/': { html: '<p>Alone</p>', cacheKey: '1' },
}

beforeAll(async () => {
  app = await createApp({
    'src/entry-server.ts': entry,
    'vite.config.ts': config("redirects: { '/old/': '/about/' }"),
  })
  app.env.AWS_SECRET_ACCESS_KEY = 'aVerySecretKey'
  await write(first)
})

describe('the report of a build', () => {
  it('has every file of the site, with what became of it and the files that it links to', async () => {
    const output = await app.build()
    expect(output).toContain('report: dist/static.report.html')
    const all = report()
    const manifest = await app.manifest()
    expect(all.files.map(({ key }) => key)).toEqual([...manifest.keys()])
    for (const { key, url, kind, size, headers, change } of all.files)
      expect({ key, url, kind, size, headers, change }).toEqual({
        ...Object.fromEntries(
          (['key', 'url', 'kind', 'size', 'headers'] as const).map((name) => [
            name,
            manifest.get(key)![name],
          ]),
        ),
        change: 'new',
      })
    const about = fileOf(all, 'about/index.html')
    expect(about).toMatchObject({
      route: '/**',
      status: 200,
      action: 'rendered',
      reason: 'every page is rendered',
      thread: 0,
    })
    expect(about.ms).toBeGreaterThanOrEqual(0)
    expect(about.at).toBeGreaterThanOrEqual(0)
    expect(about.at! + about.ms!).toBeLessThanOrEqual(all.renderMs + 1)
    expect(fileOf(all, 'old/index.html')).toMatchObject({
      kind: 'redirect',
      redirect: { to: '/about/', status: 301 },
    })
    expect(linksOf(all, 'index.html')).toEqual(['about/index.html', 'old/index.html'])
    expect(linksOf(all, 'old/index.html')).toEqual(['about/index.html'])
    expect(linksOf(all, 'alone/index.html')).toBeUndefined()

    const { counts, changes, removed, links, outDir, siteId, threads, failure } = all
    expect({ outDir, siteId, threads, removed, failure }).toEqual({
      outDir: 'dist/static',
      siteId: 'fixture',
      threads: 1,
      removed: [],
      failure: undefined,
    })
    expect(counts).toMatchObject({ pages: 3, redirects: 1 })
    expect(changes).toEqual({ new: all.files.length, changed: 0, unchanged: 0, removed: 0 })
    expect(links).toMatchObject({
      count: 7,
      broken: [
        { url: '/gone/', problem: 'missing', level: 'warn', referrers: ['index.html'] },
        { url: '/gone/%3C/script%3E', referrers: ['index.html'] },
      ],
      redirected: [{ url: '/old/', instead: '/about/', why: 'redirect', referrers: ['index.html'] }],
      unlinked: ['alone/index.html'],
    })
    expect(all.warnings).toEqual([expect.stringContaining('links that lead nowhere')])
    expect(all.createdAt).toBe(
      (JSON.parse((await app.read('dist/static.manifest.jsonl')).split('\n', 1)[0]!) as { createdAt: string })
        .createdAt,
    )
  })

  it('says what changed since the last build, what was kept, and why', async () => {
    const { '/alone/': _, ...rest } = first
    await write({
      ...rest,
      '/about/': { html: '<h1 id=us>We</h1>', cacheKey: '2' },
      '/new/': { html: '</script><b>', cacheKey: '1' },
    })
    await app.distill('render')
    await write({
      ...rest,
      '/about/': { html: '<h1 id=us>Us all</h1>', cacheKey: '3' },
      '/new/': { html: '', cacheKey: '1' },
    })
    expect(report()).toMatchObject({
      removed: ['alone/index.html'],
      changes: { new: 1, changed: 1, removed: 1 },
    })
    expect(await app.distill('render')).toMatchObject({ exitCode: 0 })
    const all = report()
    expect(fileOf(all, 'new/index.html')).toMatchObject({
      change: 'unchanged',
      action: 'kept',
      reason: 'its cache key is the same',
    })
    expect(fileOf(all, 'new/index.html')).not.toHaveProperty('ms')
    expect(fileOf(all, 'about/index.html')).toMatchObject({
      change: 'changed',
      action: 'rendered',
      reason: 'its cache key changed',
    })
    expect(fileOf(all, 'index.html')).toMatchObject({
      change: 'unchanged',
      action: 'rendered',
      reason: 'it has no cache key',
    })
    expect(all.removed).toEqual([])
  })

  it('of some pages says of the others that they were left out', async () => {
    expect(await app.distill('render', '--only', 'about')).toMatchObject({ exitCode: 0 })
    const all = report()
    expect(fileOf(all, 'about/index.html')).toMatchObject({
      action: 'kept',
      reason: 'its cache key is the same',
    })
    expect(fileOf(all, 'index.html')).toMatchObject({ action: 'kept', reason: '`--only` leaves it out' })
    expect(linksOf(all, 'index.html')).toEqual(['about/index.html', 'old/index.html'])
  })

  it('stays as it was where nothing was built', async () => {
    const before = await app.read('dist/static.report.html')
    expect(await app.distill('render', '--only', 'nothing')).toMatchObject({ exitCode: 2 })
    expect(await app.read('dist/static.report.html')).toBe(before)
  })

  it('is no part of the site, and no build takes it for a file that it has to leave alone', async () => {
    const { stdout } = await app.distill('render', '--json')
    const { notices, report: path } = JSON.parse(stdout) as { notices: string[]; report: string }
    expect(path).toBe(reportFile())
    expect(notices.join('\n')).not.toContain('did not write')
    expect(await app.files('dist/static')).not.toContain('static.report.html')
    expect((await app.files('dist')).filter((file) => file.includes('tmp'))).toEqual([])
  })
})

describe('the report of a build that failed', () => {
  it('says why, and shows what was known, without secrets and paths of the machine', async () => {
    await write({ ...first, '/bad/': { html: 'throw' }, '/': { html: '<a href="/bad/">B</a>' } })
    const { exitCode } = await app.distill('render')
    expect(exitCode).toBe(1)
    const all = report()
    expect(all.failure).toMatchObject({
      code: 'PAGES_FAILED',
      pages: [
        {
          url: '/bad/',
          route: '/**',
          message: expect.stringContaining('no key *** in ') as string,
          stack: expect.stringContaining('src/entry-server.ts:') as string,
          referrers: ['/'],
        },
      ],
    })
    expect(fileOf(all, 'index.html')).toMatchObject({ action: 'rendered', change: 'changed' })
    const html = await app.read('dist/static.report.html')
    expect(html).not.toContain(app.dir)
    expect(html).not.toContain('aVerySecretKey')
    expect(html.match(/<\/script>/g)).toHaveLength(html.split('<script').length - 1)
  })

  it('has the broken links', async () => {
    await write(first)
    await app.write({ 'vite.config.ts': config('').replace("links: 'warn'", "links: 'error'") })
    await app.distill('render')
    expect(report()).toMatchObject({
      failure: { code: 'LINKS_BROKEN' },
      links: {
        broken: expect.arrayContaining([
          expect.objectContaining({ url: '/gone/', level: 'error' }),
        ]) as unknown,
      },
    })
  })

  it('has no files where the pages could not be listed', async () => {
    await app.write({ 'site.json': '{' })
    await app.distill('render')
    expect(report()).toMatchObject({ failure: { code: 'PARAMS_INVALID' }, files: [], threads: 0 })
  })
})

it('`report: false` writes none, and removes the one that is there', async () => {
  await write(first)
  expect(existsSync(reportFile())).toBe(true)
  await app.write({ 'vite.config.ts': config('report: false') })
  const { exitCode, stdout } = await app.distill('render')
  expect([exitCode, stdout]).toEqual([0, expect.not.stringContaining('report:')])
  expect(existsSync(reportFile())).toBe(false)
})

it('a report that cannot be written is a warning', async () => {
  await app.write({ 'vite.config.ts': config(''), 'dist/static.report.html/mine.txt': 'mine' })
  const { exitCode, stderr } = await app.distill('render')
  expect(exitCode).toBe(0)
  expect(stderr).toContain('there is no report of this build: cannot write `')
  expect(await app.read('dist/static.report.html/mine.txt')).toBe('mine')
})
