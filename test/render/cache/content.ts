/** The content of a site, which the app of {@link appSource} renders. */
import { BuiltSite } from './built-site.ts'

/** Routes whose pages say what they depend on in different ways. */
export const kinds = ['posts', 'notes', 'plain', 'etag', 'both', 'docs', 'undecided'] as const

export interface PageContent {
  route: (typeof kinds)[number]
  slug: string
  /** A version of its text. */
  text: number
  /** Changes its key, and its `ETag`, and nothing else. */
  salt: number
  /** A param that is not of the route. */
  extra?: string
  /** The file, for `notes`. */
  file?: string
  lastmod?: string
  priority?: number
  status?: 200 | 404 | 301
  /** Where a page of status 301 leads. */
  to?: string
  headers: Record<string, string>
  noindex?: boolean
  withoutDoctype?: boolean
  /** Spaces before its text. A page may be too large for one message. */
  size?: number
  empty?: boolean
  /** Answers 500. */
  fails?: boolean
  /** Has changed, and its key has not. */
  lie?: number
}

export interface Content {
  pages: PageContent[]
  /** What all pages of a route show. */
  menus: Record<string, number>
  /** The status codes that each route accepts. */
  accepted: number[]
}

/**
 * A server bundle whose pages come from a file that is no part of it.
 * @param code Changes all pages
 */
export const appSource = (code: number): string => `
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { page } from 'vite-distill/app'
const content = JSON.parse(readFileSync(${BuiltSite.contentUrl}, 'utf8'))
const hash = (value) => createHash('sha256').update(JSON.stringify(value)).digest('hex')
const kinds = ${JSON.stringify(kinds)}
const of = (kind) => content.pages.filter(({ route }) => route === kind)

/** All that a page shows but the menu; in the key, which \`lie\` is not. */
const look = ({ lie, lastmod, priority, file, ...page }) => page
/** Some lead to a page, others to none. */
const linkTo = (n) => '/' + kinds[n % kinds.length] + '/p' + (2 + ((n * 31) % 120))
const menuOf = (kind, lang) => content.menus[kind === 'docs' ? 'docs-' + lang : kind]

function render(found, lang, headers) {
  const { route, slug, text, lie, size = 0, empty, withoutDoctype, noindex, status = 200 } = found
  const init = { status, headers: { 'content-type': 'text/html', ...found.headers } }
  if (found.fails) return new Response('no', { status: 500 })
  if (status === 301) return new Response('', { status, headers: { ...init.headers, location: found.to } })
  const html = [
    withoutDoctype ? '<html>' : '<!doctype html>',
    noindex ? '<meta name="robots" content="noindex">' : '',
    'code ${code}, menu ' + menuOf(route, lang) + ', ' + (lang ?? '') + ' ' + slug,
    '<p id="v' + (text % 4) + '"><a href="' + linkTo(text) + '/#v' + (text % 3) + '">a</a> <a href="' + linkTo(text + 5) + '">b</a>',
    ' '.repeat(size) + 'text ' + text + (lie ? ' and ' + lie : ''),
  ].join('\\n')
  const body = empty ? '' : html
  if (route === 'etag' || route === 'both') {
    const etag = '"' + hash([body, init, found.salt]).slice(0, 20) + '"'
    init.headers.etag = etag
    if (headers.get('if-none-match') === etag) {
      if (process.env.KILL === 'asked') process.kill(process.pid, 'SIGKILL')
      const { 'cache-control': cacheControl } = init.headers
      return new Response(null, { status: 304, headers: { etag, ...(cacheControl ? { 'cache-control': cacheControl } : {}) } })
    }
  }
  if (process.env.KILL === slug) process.kill(process.pid, 'SIGKILL')
  if (size < 100_000) return new Response(body, init)
  const half = body.length / 2
  return new Response(ReadableStream.from([body.slice(0, half), body.slice(half)].map((part) => Buffer.from(part))), init)
}

const keyOf = (found) => hash(look(found))
/** What each kind of page says of it. */
const keys = {
  posts: keyOf, notes: keyOf, both: keyOf, docs: keyOf,
  plain: undefined, etag: undefined,
  undecided: (found) => (found.text % 2 ? keyOf(found) : undefined),
}
function elementOf(found, lang) {
  const { route, slug, extra, lastmod, priority } = found
  const params = { slug, ...(lang ? { lang } : {}), ...(extra ? { extra } : {}) }
  const facts = { lastmod, priority }
  if (keys[route]) facts.cacheKey = keys[route](found)
  return page(params, facts)
}
const menuKeys = new Set(['posts', 'undecided', 'both', 'docs', 'notes'])
export const distillRoutes = [
  ...kinds.map((kind) => ({
    route: kind === 'docs' ? '/:lang/docs/:slug' : '/' + kind + '/:slug',
    distillParams: ({ lang }) => of(kind).map((found) => elementOf(found, lang)),
    distillStatus: content.accepted,
    ...(kind === 'notes' ? { distillFile: ({ slug }) => of(kind).find((found) => found.slug === slug).file ?? 'notes/' + slug + '.html' } : {}),
    ...(menuKeys.has(kind) ? { distillCacheKey: ({ lang }) => menuOf(kind, lang) } : {}),
  })),
  // Depends on all pages, and says so.
  { route: '/', distillCacheKey: () => hash(content.pages.map(({ slug }) => slug)) },
]
export default ({ url, headers }) => {
  const { pathname } = new URL(url)
  if (pathname === '/') return new Response('<!doctype html>code ${code} ' + content.pages.map(({ slug }) => slug), { headers: { 'content-type': 'text/html' } })
  const [first, second, third] = pathname.slice(1).split('/')
  const [kind, slug, lang] = second === 'docs' ? ['docs', third, first] : [first, second]
  return render(of(kind).find((found) => found.slug === slug), lang, headers)
}
`
