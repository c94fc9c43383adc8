import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { CdnValues } from '../../../src/cdn/url.ts'
import { BuiltSite } from '../cache/built-site.ts'

/** What the app shows, apart from its code. */
export interface Shown {
  /** A part of all pages but those whose cache key is 1. */
  text: string
  /** Cache keys, by slug of `/posts/:slug`. */
  keys: Record<string, string>
}

/** Pages of every kind. The app appends a line to `calls.txt` for each request, and each call of its functions. */
const source = `
import { appendFileSync, readFileSync } from 'node:fs'
import { distilledUrls, page } from 'vite-distill/app'
const { text, keys } = JSON.parse(readFileSync(${BuiltSite.contentUrl}, 'utf8'))
const note = (call) => appendFileSync(new URL('../calls.txt', import.meta.url), call + '\\n')
const html = { 'content-type': 'text/html' }
const links = (...urls) => urls.map((url) => '<a href="' + url + '">a</a>').join('')
const pageOf = (body, init = {}) => new Response('<!doctype html><title>a</title>' + body, { headers: { ...html, ...init.headers }, status: init.status })

/** Bodies that go out in parts, and that end one after the other: the third begins while the second goes on. */
let thirdBegins
const third = new Promise((resolve) => (thirdBegins = resolve))
const lines = ('a line of a large page\\n').repeat(20_000)
async function* large(n) {
  if (n === 3) thirdBegins()
  for (let part = 0; part < 6; part++) {
    yield Buffer.from(n + ' ' + part + text + lines)
    // Without concurrency, or in another shard, it does not come.
    if (n === 2 && part === 2) await Promise.race([third, new Promise((resolve) => setTimeout(resolve, 300))])
  }
}

const pages = {
  posts: (slug) => pageOf('post ' + slug + (keys[slug] === '1' ? '' : text) + links('/linked/' + slug, '/logo.txt', '/posts/p1/#' + slug) + '<p id=' + slug + '>'),
  etag(slug, headers) {
    const etag = '"' + slug + (slug === 'same' ? '' : text) + '"'
    if (headers.get('if-none-match') === etag) return new Response(null, { status: 304 })
    return pageOf(slug + (slug === 'same' ? '' : text), { headers: { etag } })
  },
  large: (slug) => new Response(ReadableStream.from(large(Number(slug))), { headers: html }),
  linked: (slug) => (slug.startsWith('deep') ? pageOf('the end') : pageOf(links('/linked/deep-' + slug.at(-1)))),
  other: async (slug) =>
    ({
      moved: new Response('', { status: 301, headers: { location: '/posts/p1/' } }),
      again: new Response('', { status: 302, headers: { location: '/other/moved/' } }),
      missing: pageOf('nothing here', { status: 404 }),
      empty: new Response('', { headers: html }),
      whole: pageOf('x'.repeat(2_500_000) + links('/posts/p2/')),
      binary: new Response(Uint8Array.from({ length: 256 }, (_, n) => n), { headers: { 'content-type': 'image/png' } }),
      noindex: pageOf('<meta name="robots" content="noindex">'),
      cookie: pageOf('cookie', { headers: { 'set-cookie': 'a=b' } }),
      plain: new Response('no doctype', { headers: html }),
      headers: pageOf('kept for a while', { headers: { 'cache-control': 'max-age=5', 'x-robots-tag': 'noindex' } }),
      'left-out': pageOf('left out'),
      changed: pageOf('to be changed'),
      urls: pageOf(JSON.stringify(await distilledUrls())),
      'ü ö': pageOf('umlauts'),
    })[slug],
}
const slugs = {
  posts: Object.keys(keys),
  etag: ['same', 'other'],
  large: ['1', '2', '3', '4'],
  other: ['moved', 'again', 'missing', 'empty', 'whole', 'binary', 'noindex', 'cookie', 'plain', 'headers', 'left-out', 'changed', 'urls', 'ü ö'],
}
export const distillRoutes = [
  ...Object.entries(slugs).map(([kind, all]) => ({
    route: '/' + kind + '/:slug',
    distillStatus: [200, 301, 302, 404],
    distillParams() {
      note('params of ' + kind)
      return all.map((slug, n) => page({ slug }, { cacheKey: keys[slug], lastmod: kind === 'posts' ? '2026-01-0' + (1 + n % 9) : undefined, priority: n === 1 ? 0.3 : undefined }))
    },
    ...(kind === 'other' ? { distillFile: ({ slug }) => (slug === 'binary' ? 'other/binary.png' : 'other/' + slug + '/index.html') } : {}),
    ...(kind === 'posts' ? { distillCacheKey: () => (note('key'), 'menu') } : {}),
  })),
  { route: '/linked/:slug', distill: 'linked' },
]
export default async ({ url, headers }) => {
  const { pathname } = new URL(url)
  const [, kind, slug] = decodeURIComponent(pathname).split('/')
  note('request ' + kind + '/' + slug)
  return pages[kind](slug, headers)
}
`

/**
 * Options that change pages: `transform` changes one and leaves one out, and pages get cache-busting tags. Large bodies
 * are held whole then, and else go out in parts.
 */
export const changing: BuiltSite<Shown>['options'] = {
  cdn: { html: true },
  transform({ url, text }) {
    if (url === '/other/left-out') return null
    return url === '/other/changed' ? { body: `${text()}<p>changed`, headers: { 'x-a': 'b' } } : undefined
  },
}

/** A site of {@link Shown}. It is removed after the test. */
export async function shardedSite(shown: Partial<Shown> = {}): Promise<BuiltSite<Shown>> {
  const keys = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`p${n}`, n < 8 ? '1' : 'a']))
  const site = await BuiltSite.create<Shown>({ text: 'one', keys, ...shown }, source)
  onTestFinished(() => site.remove())
  site.options = {
    origin: 'https://a.example',
    sitemap: true,
    concurrency: 2,
    redirects: { '/old': '/posts/p1/' },
  }
  const tags: CdnValues = { base: '/', param: 'tag', tag: 'one' }
  await mkdir(join(site.dir, 'client/.vite'))
  await writeFile(join(site.dir, 'client/.vite/distill-cdn.json'), JSON.stringify(tags))
  return site
}

/** What the app was asked for and which of its functions were called, since it was read last. */
export async function calls(site: BuiltSite<unknown>): Promise<string[]> {
  const path = join(site.dir, 'calls.txt')
  const text = await readFile(path, 'utf8').catch(() => '')
  await rm(path, { force: true })
  return text.trimEnd().split('\n').sort()
}
