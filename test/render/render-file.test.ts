import { createHash } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { gzipSync } from 'node:zlib'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ManifestFile, readManifest } from '../../src/manifest.ts'
import { renderFile } from '../../src/render/render-file.ts'
import { pagesWritten } from '../../src/render/site/page-write.ts'

/** What the app answers each page with. */
let text: string | (() => Promise<string>)
const headers = { 'content-type': 'text/html' }
/** A server entry. */
const entry = {
  default: {
    fetch: async ({ url }: Request) => {
      if (url.endsWith('/broken')) return new Response('no database', { status: 500 })
      if (url.endsWith('/zipped'))
        return new Response(gzipSync('third'), { headers: { 'content-encoding': 'gzip' } })
      if (url.endsWith('/never')) await new Promise(() => {})
      return new Response(typeof text === 'string' ? text : await text(), { headers })
    },
  },
  distillRoutes: [
    { route: '/:slug', distillFile: ({ slug }: { slug?: string }) => `${slug!.replaceAll('_', '/')}.html` },
    { route: '/files/:name', distillFile: '{name}' },
  ],
}

let home: string
let outDir: string
const manifestFile = () => `${outDir}.manifest.jsonl`
const journal = () => `${outDir}.manifest.journal.jsonl`

const page = { kind: 'page', route: '/:slug', headers } as const
/** Writes a site with its manifest, as a build does. */
function build(files: Record<string, Partial<ManifestFile> & { content: string }>, header = {}): void {
  const counts = { pages: 0, assets: 0, redirects: 0, bytes: 0 }
  const lines: unknown[] = []
  for (const [key, { content, ...line }] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    mkdirSync(dirname(join(outDir, key)), { recursive: true })
    writeFileSync(join(outDir, key), content)
    const hash = (name: string) => createHash(name).update(content).digest('hex')
    const kind = line.kind ?? 'asset'
    counts[`${kind}s`]++
    counts.bytes += content.length
    const sums = { size: content.length, md5: hash('md5'), sha256: hash('sha256') }
    lines.push({ key, url: `/${key}`, kind, ...sums, headers: {}, ...line })
  }
  const first = {
    version: 1,
    siteId: 'a',
    base: '/',
    createdAt: '2031-05-06T07:08:09.000Z',
    counts,
    ...header,
  }
  writeFileSync(manifestFile(), [first, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''))
}
const read = (key: string) => readFileSync(join(outDir, key), 'utf8')
async function listed(): Promise<Map<string, ManifestFile>> {
  const files = new Map<string, ManifestFile>()
  for await (const file of (await readManifest(manifestFile())).files()) files.set(file.key, file)
  return files
}

beforeEach(() => {
  text = 'second'
  home = mkdtempSync(join(tmpdir(), 'render-file-'))
  outDir = join(home, 'static')
  build({
    'about.html': { ...page, params: { slug: 'about' }, content: 'first' },
    'broken.html': { ...page, params: { slug: 'broken' }, content: 'first' },
    'never.html': { ...page, params: { slug: 'never' }, content: 'first' },
    'old.html': { kind: 'redirect', redirect: { to: '/new/', status: 301 }, content: 'moved' },
    'posts/a.html': { ...page, params: { slug: 'posts_a' }, content: 'first' },
    'style.css': { content: 'body {}' },
  })
})
afterEach(() => rmSync(home, { recursive: true }))

describe('renderFile()', () => {
  it('writes a page, and says whether that changed the file', async () => {
    const result = { url: '/about', file: 'about.html' }
    expect(await renderFile(entry, outDir, '/:slug', 'about')).toEqual({ ...result, changed: true })
    expect(await renderFile(entry, outDir, '/:slug', 'about')).toEqual({ ...result, changed: false })
    expect(read('about.html')).toBe('second')
    expect(readdirSync(home).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('appends a line to the journal and leaves the manifest as it is', async () => {
    const manifest = readFileSync(manifestFile())
    await renderFile(entry, outDir, '/:slug', 'about')
    await renderFile(entry, outDir, '/:slug', 'posts_new')
    await renderFile(entry, outDir, '/:slug', 'about')
    expect(readFileSync(manifestFile())).toEqual(manifest)
    expect(readFileSync(journal(), 'utf8').match(/^.+$/gm)).toHaveLength(2)
    const { header, files } = await readManifest(manifestFile())
    expect(header.counts).toEqual({ pages: 5, assets: 1, redirects: 1, bytes: 39 })
    expect(Date.parse(header.createdAt)).toBeLessThan(Date.now() + 1000)
    const keys = []
    for await (const { key } of files()) keys.push(key)
    expect(keys).toEqual([
      'about.html',
      'broken.html',
      'never.html',
      'old.html',
      'posts/a.html',
      'posts/new.html',
      'style.css',
    ])
    const about = (await listed()).get('about.html')
    expect(about).toMatchObject({ url: '/about.html', route: '/:slug', params: { slug: 'about' }, size: 6 })
  })

  it('ignores a line that was cut short, and the journal of another manifest', async () => {
    await renderFile(entry, outDir, '/:slug', 'about')
    appendFileSync(journal(), '\n{"manifest":"2031-05-06T07:08:09.000Z","at":"2031-')
    expect((await listed()).size).toBe(6)
    await renderFile(entry, outDir, '/:slug', 'new')
    expect([...(await listed()).keys()]).toContain('new.html')

    build({ 'a.html': { ...page, content: 'a' } }, { createdAt: '2031-05-07T07:08:09.000Z' })
    expect([...(await listed()).keys()]).toEqual(['a.html'])
    rmSync(join(outDir, 'new.html'))
    await renderFile(entry, outDir, '/:slug', 'new')
    expect([...(await listed()).keys()]).toEqual(['a.html', 'new.html'])
  })

  it('writes many pages at once, and the last call of one page wins', async () => {
    const slugs = Array.from({ length: 40 }, (_, i) => `page-${i}`)
    await Promise.all(slugs.map((slug) => renderFile(entry, outDir, '/:slug', slug)))
    expect((await listed()).size).toBe(46)
    let call = 0
    text = async () => {
      const own = ++call
      await setTimeout(own === 1 ? 50 : 0)
      return `call ${own}`
    }
    await Promise.all([1, 2].map(() => renderFile(entry, outDir, '/:slug', 'about')))
    expect(read('about.html')).toBe('call 2')
  })

  it('decodes a compressed page', async () => {
    await renderFile(entry, outDir, '/:slug', 'zipped')
    expect(read('zipped.html')).toBe('third')
  })

  it('leaves the old file where the page fails', async () => {
    await expect(renderFile(entry, outDir, '/:slug', 'broken')).rejects.toMatchObject({
      code: 'PAGES_FAILED',
      message: expect.stringMatching(/^page `\/broken`: .*500/),
    })
    await expect(renderFile(entry, outDir, '/:slug', 'never', { timeout: 20 })).rejects.toMatchObject({
      code: 'PAGES_FAILED',
      message: 'page `/never`: it took longer than `timeout`, 20 ms',
    })
    expect([read('broken.html'), read('never.html')]).toEqual(['first', 'first'])
    expect(existsSync(journal())).toBe(false)
  })

  it('calls `transform` as a build does', async () => {
    const transform = ({ url, text }: { url: string; text(): string }) =>
      url === '/about' ? null : { body: `${text()} of ${url}` }
    await renderFile(entry, outDir, '/:slug', 'posts_a', { transform })
    expect(read('posts/a.html')).toBe('second of /posts_a')
    expect(await renderFile(entry, outDir, '/:slug', 'about', { transform })).toEqual({
      url: '/about',
      file: 'about.html',
      changed: true,
      dropped: true,
    })
    expect(existsSync(join(outDir, 'about.html'))).toBe(false)
    expect([...(await listed()).keys()]).not.toContain('about.html')
    expect(await renderFile(entry, outDir, '/:slug', 'about', { transform })).toMatchObject({
      changed: false,
    })
    await expect(
      renderFile(entry, outDir, '/:slug', 'posts_a', { transform: () => Promise.reject(new Error('no')) }),
    ).rejects.toMatchObject({
      code: 'PAGES_FAILED',
      message: 'page `/posts_a`: `transform` threw: no',
    })
    await expect(
      renderFile(entry, outDir, '/:slug', 'posts_a', {
        timeout: 20,
        transform: () => new Promise<undefined>(() => {}),
      }),
    ).rejects.toMatchObject({ message: expect.stringContaining('20 ms') })
  })

  it('adds the tags of `cdn.html`', async () => {
    const tagged = { param: 'tag', origin: 'http://localhost', hosts: ['localhost'], byContent: false }
    build(
      { 'style.css': { content: 'body {}' } },
      { createdAt: '2031-05-08T00:00:00.000Z', tag: 'abc', tagged },
    )
    text = '<link rel="stylesheet" href="/style.css">'
    await renderFile(entry, outDir, '/:slug', 'tagged')
    expect(read('tagged.html')).toBe('<link rel="stylesheet" href="/style.css?tag=abc">')
  })

  it.each([
    ['COLLISION', '/files/:name', 'style.css', '`style.css` is already written by asset `/style.css`'],
    ['COLLISION', '/files/:name', 'about.html', '`about.html` is already written by route `/:slug`'],
    ['COLLISION', '/:slug', 'old', '`old.html` is already written by redirect `/old.html`'],
    ['COLLISION', '/files/:name', 'posts', '`posts` would be a file, and is a folder'],
    ['COLLISION', '/:slug', 'style.css_a', '`style.css/a.html` needs a folder where `style.css` is a file'],
    [
      'COLLISION',
      '/:slug',
      'ABOUT',
      '`ABOUT.html` and `about.html` are one file where case or Unicode form does not count',
    ],
    [
      'COLLISION',
      '/:slug',
      'Posts_b',
      '`Posts` and `posts` are one file where case or Unicode form does not count',
    ],
    ['FILES_UNMANAGED', '/:slug', 'mine', '`mine.html`, which vite-distill did not write'],
    ['PATH_UNSAFE', '/:slug', 'link_a', '`link/a.html` would be written through the symbolic link'],
    ['PARAMS_INVALID', '/:slug', 'a/b', 'a slash does not fit'],
    ['PARAMS_INVALID', '/users/:id', 1, 'no route `/users/:id` of the app is distilled'],
  ])('%s is refused: %s of %s', async (code, route, params, message) => {
    writeFileSync(join(outDir, 'mine.html'), 'mine')
    const elsewhere = join(home, 'elsewhere')
    mkdirSync(elsewhere)
    symlinkSync(elsewhere, join(outDir, 'link'))
    await expect(renderFile(entry, outDir, route, params)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    })
    expect([read('style.css'), read('about.html'), read('mine.html')]).toEqual(['body {}', 'first', 'mine'])
    expect(readdirSync(elsewhere)).toEqual([])
    expect(existsSync(journal())).toBe(false)
  })

  it('refuses a folder that no build wrote', async () => {
    await expect(renderFile(entry, join(home, 'dist'), '/:slug', 'about')).rejects.toMatchObject({
      code: 'NOT_BUILT',
    })
    expect(readdirSync(home)).toEqual(['static', 'static.manifest.jsonl'])
  })

  it('writes nothing while a build distils the same site, or has just replaced it', async () => {
    mkdirSync(`${outDir}.staging`)
    await expect(renderFile(entry, outDir, '/:slug', 'about')).rejects.toMatchObject({ code: 'BUILD_BUSY' })
    rmSync(`${outDir}.staging`, { recursive: true })
    text = async () => {
      build({ 'a.html': { ...page, content: 'a' } }, { createdAt: '2031-05-09T00:00:00.000Z' })
      return 'second'
    }
    await expect(renderFile(entry, outDir, '/:slug', 'posts_a')).rejects.toMatchObject({
      code: 'BUILD_BUSY',
    })
    expect(read('posts/a.html')).toBe('first')
  })

  it('is waited for by a build', async () => {
    const temporary = `${outDir}.01234567-89ab-cdef-0123-456789abcdef.tmp`
    writeFileSync(temporary, '')
    let written = false
    const waiting = pagesWritten(outDir).then(() => written)
    await setTimeout(50)
    written = true
    rmSync(temporary)
    expect(await waiting).toBe(true)

    // A process left it that died.
    writeFileSync(temporary, '')
    utimesSync(temporary, new Date(0), new Date(0))
    await pagesWritten(outDir)
    expect(existsSync(temporary)).toBe(false)
  })
})
