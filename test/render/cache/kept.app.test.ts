import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import type { CdnValues } from '../../../src/cdn/url.ts'
import { BuiltSite, differences, readFiles, readSite } from './built-site.ts'
import { type Content, type PageContent, appSource, kinds } from './content.ts'
import { type Pages, pagesSite, reasonsOf, resultOf } from './pages-app.ts'

const kept = 'its cache key is the same'
const changed = 'its cache key changed'
const unknown = 'the last build has no record of it'

/** Expects that the site is what rendering all of it from nothing gives. */
async function expectAsNew<Content>(site: BuiltSite<Content>): Promise<void> {
  const { outcome, outDir } = await site.distillAnew()
  resultOf(outcome)
  expect(differences(await readSite(site.outDir), await readSite(outDir))).toEqual([])
}

const read = (site: BuiltSite<Pages>, slug: string) =>
  readFile(join(site.outDir, 'p', slug, 'index.html'), 'utf8')

/** Edits a record as its bytes, with a checksum that is right again. */
async function rewriteRecord(site: BuiltSite<Pages>, change: (text: string) => string): Promise<void> {
  const path = `${site.outDir}.cache.jsonl`
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  const end = JSON.parse(lines.pop()!) as object
  const text = change(`${lines.join('\n')}\n`)
  const sha256 = createHash('sha256').update(text).digest('hex')
  await writeFile(path, `${text}${JSON.stringify({ ...end, sha256 })}\n`)
}

it('pages of every kind are kept: streamed, empty, with a warning, of another status, left out by `transform`', async () => {
  const large = 'a line\n'.repeat(400_000)
  const site = await pagesSite({
    large: { text: `<!doctype html>${large}`, key: '1', stream: true },
    empty: { text: '', key: '1' },
    cookie: { text: '<!doctype html>a', key: '1', headers: { 'set-cookie': 'a=b' } },
    missing: { text: '<!doctype html>missing', key: '1', status: 404 },
    moved: { key: '1', status: 301, headers: { location: '/p/missing' } },
    plain: { text: 'plain', key: '1' },
    keyless: { text: '<!doctype html>b' },
  })
  const again = await site.distill()
  expect(reasonsOf(again)).toEqual({
    large: kept,
    empty: kept,
    cookie: kept,
    missing: kept,
    moved: kept,
    plain: kept,
    keyless: 'it has no cache key',
  })
  const { rendered, unchanged, changed: rewritten, pages, redirects, warnings } = resultOf(again)
  expect({ rendered, unchanged, rewritten, pages, redirects }).toEqual({
    rendered: 1,
    unchanged: 8,
    rewritten: 0,
    pages: 6,
    redirects: 1,
  })
  expect(warnings).toEqual([
    'page `/p/cookie`: it sets a cookie, which a file cannot do',
    'page `/p/empty`: its body is empty',
    'page `/p/plain`: it has no `<!doctype html>`, which other pages have',
  ])
  await expectAsNew(site)

  // With `transform`, streamed pages are held whole. A page that it leaves out is rendered each time.
  site.options = { transform: ({ url }) => (url === '/p/cookie' ? null : undefined) }
  expect(resultOf(await site.distill())).toMatchObject({ kept: 0, dropped: 1, removed: 1 })
  const dropped = await site.distill()
  expect(reasonsOf(dropped)).toMatchObject({ large: kept, cookie: unknown })
  expect(resultOf(dropped)).toMatchObject({ rendered: 1, kept: 5, dropped: 1 })
  await expectAsNew(site)
})

it('several threads render what is left, and keep the rest', async () => {
  const pages: Pages = {}
  for (let i = 0; i < 40; i++) pages[`n${i}`] = { text: `<!doctype html>${i}`, key: '1' }
  const site = await pagesSite(pages, { workers: 2, concurrency: 1 })
  for (let i = 0; i < 10; i++) pages[`n${i}`] = { text: '<!doctype html>new', key: '2' }
  await site.save()
  expect(resultOf(await site.distill())).toMatchObject({ rendered: 10, kept: 30, changed: 10 })
  await expectAsNew(site)
})

it('`--only` keeps what is known of the other pages, unless that is of another fingerprint', async () => {
  const key = '1'
  const site = await pagesSite({ a: { text: 'a', key }, b: { text: 'b', key }, c: { text: 'c', key } })
  Object.assign(site.content.a!, { text: 'new', key: '2' })
  Object.assign(site.content.c!, { text: 'new', key: '2' })
  await site.save()
  expect(reasonsOf(await site.distill({ only: ['p/a'] }))).toEqual({ a: changed })
  expect([await read(site, 'a'), await read(site, 'c')]).toEqual(['new', 'c'])
  expect(reasonsOf(await site.distill({ only: ['p/a', 'p/b'] }))).toEqual({ a: kept, b: kept })
  expect(reasonsOf(await site.distill())).toEqual({ a: kept, b: kept, c: changed })
  await expectAsNew(site)

  site.source += '\n// Another bundle.'
  await site.save()
  expect(reasonsOf(await site.distill({ only: ['p/a'] }))).toEqual({ a: 'every page is rendered' })
  expect(reasonsOf(await site.distill())).toEqual({ a: kept, b: unknown, c: unknown })
  expect(resultOf(await site.distill()).kept).toBe(3)
  await expectAsNew(site)
})

it('new cache-busting tags in pages are a reason to render them', async () => {
  const site = await pagesSite({ a: { text: '<!doctype html><a href="/logo.txt">a</a>', key: '1' } })
  const tagged = (tag: string, own?: string) =>
    writeTags(site, { base: '/', param: 'tag', tag, ...(own ? { files: [['logo.txt', own]] } : {}) })
  site.options = { cdn: { html: true } }
  await tagged('one')
  expect(reasonsOf(await site.distill())).toEqual({ a: 'every page is rendered' })
  expect(await read(site, 'a')).toContain('/logo.txt?tag=one')
  // The audit adds the same tags.
  expect(resultOf(await site.distill({ cache: { audit: 1 } }))).toMatchObject({ kept: 1, audited: 1 })
  await expectAsNew(site)
  await tagged('two')
  const again = resultOf(await site.distill())
  expect(again).toMatchObject({ kept: 0, renderedAll: 'the cache-busting tag changed' })
  expect(again.notices.join()).toContain("`cdn: { tag: 'content' }`")
  expect(await read(site, 'a')).toContain('/logo.txt?tag=two')

  // By content, the tag is that of the file.
  await tagged('two', 'of its content')
  await site.distill()
  expect(resultOf(await site.distill())).toMatchObject({ kept: 1 })
  await writeFile(join(site.dir, 'client/logo.txt'), 'another logo')
  expect(resultOf(await site.distill())).toMatchObject({ kept: 0, changed: 2 })
  await expectAsNew(site)
})

/** Writes the tags that a client's build leaves. */
async function writeTags(site: BuiltSite<Pages>, values: CdnValues): Promise<void> {
  await mkdir(join(site.dir, 'client/.vite'), { recursive: true })
  await writeFile(join(site.dir, 'client/.vite/distill-cdn.json'), JSON.stringify(values))
}

it('after a failed build, pages are kept that the last good one wrote', async () => {
  const site = await pagesSite({ a: { text: 'a', key: '1' }, b: { text: 'b', key: '1' } })
  const before = await readFiles(site.outDir)
  Object.assign(site.content.a!, { text: 'new', key: '2' })
  Object.assign(site.content.b!, { throws: true, key: '2' })
  await site.save()
  expect(await site.distill()).toMatchObject({ code: 'PAGES_FAILED' })
  expect(differences(await readFiles(site.outDir), before)).toEqual([])
  Object.assign(site.content.b!, { throws: false, key: '1' })
  await site.save()
  expect(reasonsOf(await site.distill())).toEqual({ a: changed, b: kept })
  await expectAsNew(site)
})

it.each([
  ['while pages are rendered', 'writeFileSync /p/b/index.html', 'discarded'],
  ['before the commit', 'renameSync /static.staging/commit.json', 'discarded'],
  ['when a page is moved', 'renameSync /dist/static/p/b/index.html', 'finished'],
  ['when the record is moved', 'renameSync /dist/static.cache.jsonl', 'finished'],
  ['between the record and the manifest', 'renameSync /dist/static.manifest.jsonl', 'finished'],
])('a build that is killed %s leaves a record that is right', async (_, fault, fate) => {
  const site = await pagesSite({ a: { text: 'a', key: '1' }, b: { text: 'b', key: '1' } })
  Object.assign(site.content.b!, { text: 'new', key: '2' })
  await site.save()
  expect(await site.distillKilled({ FAULT: `${fault} SIGKILL` })).toBe('SIGKILL')
  const again = await site.distill()
  expect(reasonsOf(again)).toEqual({ a: kept, b: fate === 'finished' ? kept : changed })
  await expectAsNew(site)
})

it('a record is used only with the manifest that it was written with, and by the version that wrote it', async () => {
  const site = await pagesSite({ a: { text: 'a', key: '1' } })
  const all = { kept: 0, renderedAll: 'the last build left no record of its pages' }
  const record = `${site.outDir}.cache.jsonl`
  const manifest = `${site.outDir}.manifest.jsonl`
  const copy = join(site.dir, 'copy')

  // An older version of this package leaves the record alone, and knows nothing of it.
  const text = await readFile(manifest, 'utf8')
  await writeFile(manifest, text.replace(/"createdAt":"\d{4}/, '"createdAt":"2001'))
  expect(resultOf(await site.distill())).toMatchObject(all)

  await rewriteRecord(site, (lines) => lines.replace('"version":1', '"version":2'))
  expect(resultOf(await site.distill())).toMatchObject(all)
  await rewriteRecord(site, (lines) => lines.replace('{"version":1,"fingerprint":', '{"version":1,"x":'))
  expect(resultOf(await site.distill())).toMatchObject({ kept: 0 })
  // Without such a change, it is used.
  await rewriteRecord(site, (lines) => lines)
  expect(resultOf(await site.distill())).toMatchObject({ kept: 1 })

  // What a build without the option leaves beside the new site is of the old one.
  await cp(record, copy)
  site.content.a!.text = 'changed without its key'
  await site.save()
  expect(resultOf(await site.distill({ cache: false }))).toMatchObject({ kept: 0, changed: 1 })
  expect(await readFile(record)).toEqual(await readFile(copy))
  expect(resultOf(await site.distill())).toMatchObject(all)
  await expectAsNew(site)
})

it('no page is kept whose file is not what was written, however alike', async () => {
  const key = '1'
  const site = await pagesSite({ a: { text: 'one', key }, b: { text: 'b', key } })
  const path = join(site.outDir, 'p/a/index.html')
  await writeFile(path, 'two')
  expect(reasonsOf(await site.distill())).toEqual({ a: 'its file is not what the last build wrote', b: kept })
  expect(await read(site, 'a')).toBe('one')

  // What cannot be read is rendered.
  expect(await site.distillKilled({ FAULT: 'openSync /p/b/index.html EIO' })).toBe(0)
  await expectAsNew(site)
})

it('what is known of pages goes with them: orphaned and back again, hidden from the sitemap, written by `renderFile()`', async () => {
  const [post, hidden, missing]: PageContent[] = [
    { route: 'posts', slug: 'a', text: 1, salt: 0, headers: {}, lastmod: '2026-01-01' },
    { route: 'docs', slug: 'b', text: 1, salt: 0, headers: {}, noindex: true },
    { route: 'notes', slug: 'c', text: 1, salt: 0, headers: {}, status: 404 },
  ]
  const content: Content = { pages: [post!, hidden!, missing!], menus: {}, accepted: [200, 404] }
  for (const name of [...kinds, 'docs-en', 'docs-fr']) content.menus[name] = 1
  const site = await BuiltSite.create(content, appSource(1))
  onTestFinished(() => site.remove())
  site.options = { origin: 'https://a.example', sitemap: true, languages: ['en', 'fr'] }
  /** By URL, of the next run. */
  const reasons = async () => {
    await site.save()
    const outcome = resultOf(await site.distill())
    await expectAsNew(site)
    return Object.fromEntries(outcome.reasons().map(({ url, reason }) => [url, reason]))
  }
  await reasons()
  const all = { '/': kept, '/posts/a': kept, '/en/docs/b': kept, '/fr/docs/b': kept, '/notes/c': kept }
  expect(await reasons()).toEqual(all)
  const sitemap = await readFile(join(site.outDir, 'sitemap.xml'), 'utf8')
  expect(sitemap.match(/<loc>[^<]*/g)).toEqual(['<loc>https://a.example/', '<loc>https://a.example/posts/a/'])

  // Only in the sitemap.
  post!.lastmod = '2026-01-02'
  expect(await reasons()).toEqual(all)
  expect(await readFile(join(site.outDir, 'sitemap.xml'), 'utf8')).toContain('2026-01-02')

  content.pages = [hidden!, missing!]
  expect(await reasons()).toMatchObject({ '/': changed, '/notes/c': kept })
  content.pages = [post!, hidden!, missing!]
  expect(await reasons()).toMatchObject({ '/': changed, '/posts/a': unknown })

  // The edit is taken back: key and file are those of the last build, and the headers are not.
  post!.headers = { 'cache-control': 'max-age=77' }
  await site.save()
  await site.renderFile('/posts/:slug', 'a')
  post!.headers = {}
  expect(await reasons()).toEqual({ ...all, '/posts/a': '`renderFile()` wrote it since the last build' })

  // The menu of one language.
  content.menus['docs-fr'] = 2
  expect(await reasons()).toEqual({ ...all, '/fr/docs/b': changed })

  content.accepted = [200]
  await site.save()
  expect(await site.distill()).toMatchObject({ code: 'PAGES_FAILED' })
  content.accepted = [200, 404]

  // One bit of the record, in the line of a page.
  const record = `${site.outDir}.cache.jsonl`
  const text = await readFile(record, 'utf8')
  await writeFile(record, text.replace('"url":"/posts/a/"', '"url":"/posts/c/"'))
  expect(Object.values(await reasons())).toEqual(Array.from({ length: 5 }, () => 'every page is rendered'))
})

it('of two builds at once, one is refused, and leaves the record of the other alone', async () => {
  const key = '1'
  const site = await pagesSite({ a: { text: 'a', key }, b: { text: 'b', key } })
  Object.assign(site.content.b!, { text: 'new', key: '2', waits: true })
  await site.save()
  const first = site.distillKilled({})
  while (!existsSync(`${site.outDir}.staging/cache.jsonl`)) await setTimeout(5)
  expect(await site.distill()).toMatchObject({ code: 'BUILD_BUSY' })
  await mkdir(join(site.dir, 'go'))
  expect(await first).toBe(0)
  expect(await read(site, 'b')).toBe('new')
  expect(reasonsOf(await site.distill())).toEqual({ a: kept, b: kept })

  // In one process, they go one after the other.
  Object.assign(site.content.a!, { text: 'new', key: '3' })
  await site.save()
  const both = await Promise.all([site.distill(), site.distill()])
  expect(both.map(reasonsOf)).toEqual([
    { a: changed, b: kept },
    { a: kept, b: kept },
  ])
  await expectAsNew(site)
})
