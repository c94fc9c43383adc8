import type { DistillRoute, Page, PageList } from './types.ts'
import { DistillError, listProblems, messageOf } from '../errors.ts'
import type { Layout } from '../options.ts'
import { checkFile, fileOf, fillFile } from './output-file.ts'
import { type PageParams, readElement, visitParams } from './params.ts'
import type { App } from './entry.ts'
import { type RouteKey, knownOf, routeKeyOf } from './cache-key.ts'
import { type Pattern, fillPattern, nameParams, parsePattern } from './pattern.ts'
import type { Settings } from './settings.ts'

export interface PagesOptions extends Pick<Settings, 'layout' | 'languages'>, Pick<App, 'answeringRoute'> {
  /** Bytes that a list of the pages may take. Default: no limit. */
  memory?: number
  /** Ends the listing before the next page; it then rejects with the signal's reason. */
  signal?: AbortSignal
}

/** A page that is distilled. */
export interface DistilledUrl {
  /** Path as the app is asked for it, percent-encoded. */
  url: string
  /** The file it becomes, relative to the site. */
  file: string
}

/** What is known once every page was visited. */
type Listed = Pick<PageList, 'routes' | 'notices'>

/**
 * Lists the pages of all routes with their files, without rendering.
 * @param onPage Called with each page. Nothing here keeps the pages, because there may be a million
 * @param onStep Called before each call of a `distillParams`, with a name of it for messages
 * @throws {DistillError} `PARAMS_INVALID`, with every problem of every route, after the last page
 */
export async function listPages(
  routes: readonly DistillRoute[],
  options: PagesOptions,
  onPage: (page: Page) => void,
  onStep: (what: string) => void = () => {},
): Promise<Listed> {
  const listed: Listed = { routes: [], notices: [] }
  const problems: string[] = []
  let first: unknown
  let full: DistillError | undefined
  let left = options.memory ?? Infinity
  for (const route of routes) {
    let pages = 0
    try {
      const pattern = parsePattern(route.route)
      const status = acceptedStatus(route)
      const visit: Visit = (given, lang, routeKey) => {
        pages++
        options.signal?.throwIfAborted()
        if (left < 0) throw (full = tooMany(route, pages))
        try {
          const read = readPage(route, pattern, given, lang, options)
          const page = { ...read, ...knownOf(given, routeKey), route: listed.routes.length }
          left -= sizeOf(page)
          onPage(page)
        } catch (error) {
          left -= pageBytes
          problems.push(`route \`${route.route}\`, ${describe(given)}: ${messageOf(error)}`)
        }
      }
      await visitParamsOf(route, pattern, options.languages, visit, onStep)
      const linked = route.distill === 'linked'
      if (pages === 0 && !linked) {
        listed.notices.push(`route \`${route.route}\` has no pages: its \`distillParams\` gave an empty list`)
      }
      listed.routes.push(linked ? { route: route.route, status, linked } : { route: route.route, status })
    } catch (error) {
      options.signal?.throwIfAborted()
      if (full) throw full
      first ??= error
      problems.push(`route \`${route.route}\`: ${messageOf(error)}`)
    }
  }
  if (problems.length > 0) throw invalid(problems, first)
  return listed
}

/** About as many bytes of memory as a page takes besides its texts, in the list and in what is made of it. */
const pageBytes = 250

function sizeOf({ url, key, params = {}, cacheKey = '' }: Page): number {
  let size = pageBytes + url.length + key.length + cacheKey.length
  for (const value of Object.values(params)) size += value.length
  return size
}

const tooMany = ({ route }: DistillRoute, pages: number) =>
  new DistillError(
    'PARAMS_INVALID',
    `route \`${route}\` has ${pages.toLocaleString('en')} pages or more, and no more fit into memory: does its \`distillParams\` end?`,
    { hint: 'If it does, give Node more memory, in MB: `NODE_OPTIONS=--max-old-space-size=8192`.' },
  )

/** The pages of `linked` routes that these URLs lead to. A URL that leads to none is left out. */
export function findPages(
  routes: readonly DistillRoute[],
  urls: readonly string[],
  options: PagesOptions,
): Page[] {
  const linked = routes.flatMap((route, index) =>
    route.distill === 'linked' ? [{ route, index, pattern: parsePattern(route.route) }] : [],
  )
  const { languages } = options
  return urls.flatMap((url) => {
    for (const { route, index, pattern } of linked) {
      try {
        const page = readPage(route, pattern, { kind: 'url', url }, undefined, options)
        const lang = page.params?.lang
        if (lang === undefined || languages.length === 0 || languages.includes(lang))
          return [{ ...page, route: index }]
      } catch {
        // Another route answers it, or no file can have that name: the link is told as broken.
      }
    }
    return []
  })
}

/** The URL and file of every page. Nothing asks for their cache keys. */
export async function urlsOf(
  routes: readonly DistillRoute[],
  options: PagesOptions,
): Promise<DistilledUrl[]> {
  const urls: DistilledUrl[] = []
  const withoutKeys = routes.map((route) => ({ ...route, distillCacheKey: undefined }))
  await listPages(withoutKeys, options, ({ url, key }) => urls.push({ url, file: key }))
  return urls
}

function invalid(problems: readonly string[], cause: unknown): DistillError {
  const message =
    problems.length === 1
      ? `cannot list the pages of ${problems[0]}`
      : listProblems(`cannot list the pages: ${problems.length} problems`, problems)
  return new DistillError('PARAMS_INVALID', message, { cause })
}

/** One page of a route, from an element of `distillParams`. Throws an `Error` that says why it does not fit. */
export function pageOf(
  route: DistillRoute,
  element: unknown,
  options: PagesOptions,
): { page: Omit<Page, 'route'>; status: number[] } {
  const page = readPage(route, parsePattern(route.route), readElement(element), undefined, options)
  return { page, status: acceptedStatus(route) }
}

type Visit = (given: PageParams, lang: string | undefined, routeKey: RouteKey) => void

/** Visits the params of each page of a route, once for each language if the route has `:lang`. */
async function visitParamsOf(
  route: DistillRoute,
  pattern: Pattern,
  languages: readonly string[],
  visit: Visit,
  onStep: (what: string) => void,
): Promise<void> {
  const langs =
    pattern.params.some(({ name }) => name === 'lang') && languages.length > 0 ? languages : [undefined]
  for (const lang of langs) {
    const context = { route: route.route, lang }
    const where = `of route \`${route.route}\`${lang === undefined ? '' : ` and language \`${lang}\``}`
    const routeKey = await routeKeyOf(route, context, () => onStep(`\`distillCacheKey\` ${where}`))
    if (route.distillParams !== undefined) {
      onStep(`\`distillParams\` ${where}`)
      await visitParams(route.distillParams, context, (given) => visit(given, lang, routeKey))
    } else if (route.distill === 'linked') {
      // Its pages are found later.
    } else if (
      pattern.params.some(({ name, optional }) => !optional && !(name === 'lang' && lang !== undefined))
    ) {
      throw new Error('`distill` is for routes without params; export `distillParams` to list the pages')
    } else {
      visit({ kind: 'none' }, lang, routeKey)
    }
  }
}

function readPage(
  route: DistillRoute,
  pattern: Pattern,
  given: PageParams,
  lang: string | undefined,
  { layout, answeringRoute }: PagesOptions,
): Omit<Page, 'route'> {
  const { url, params } = given.kind === 'url' ? readUrl(pattern, given.url) : fill(pattern, given, lang)
  if (lang !== undefined && params.lang !== lang) {
    throw new Error(`its \`lang\` is \`${params.lang}\`, and \`distillParams\` was called for \`${lang}\``)
  }
  const other = answeringRoute?.(route.route, url)
  if (other !== undefined) {
    throw new Error(`\`${url}\` never reaches it: the app answers that URL by its route \`${other}\``)
  }
  const key = keyOf(route, url, params, layout)
  checkFile(key)
  return Object.keys(params).length > 0 ? { url, key, params } : { url, key }
}

type Filled = Required<Pick<Page, 'url' | 'params'>>

function fill(
  pattern: Pattern,
  given: Exclude<PageParams, { kind: 'url' }>,
  lang: string | undefined,
): Filled {
  const language = lang === undefined ? {} : { lang }
  const names = pattern.params.filter(({ name }) => !Object.hasOwn(language, name))
  const values = given.kind === 'positional' ? given.values : []
  const named = given.kind === 'named' ? given.params : nameParams(names, values)
  const params = { ...language, ...named }
  return { url: fillPattern(pattern, params), params: toStrings(params) }
}

function readUrl(pattern: Pattern, given: string): Filled {
  const { pathname, search, hash } = new URL(given, 'http://localhost')
  if (search || hash) {
    throw new Error(`\`${given}\` has a ${search ? 'query' : 'fragment'}, which a file cannot have`)
  }
  const match = pattern.matches.exec(pathname)
  if (!match) throw new Error(`\`${given}\` does not match the route`)
  const params = Object.entries(match.groups ?? {}).filter(([, value]) => value !== undefined)
  return {
    url: pathname,
    params: Object.fromEntries(params.map(([name, value]) => [name, decodeURIComponent(value)])),
  }
}

/** Params as the manifest has them, with those that are not of the route. */
function toStrings(params: Readonly<Record<string, unknown>>): Record<string, string> {
  // `fromEntries` sets a param called `__proto__` like any other.
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => {
      if (value === undefined || value === null) return []
      const text =
        value instanceof Date ? value.toISOString() : Array.isArray(value) ? value.join('/') : String(value)
      return [[name, text]]
    }),
  )
}

function keyOf(
  { distillFile }: DistillRoute,
  url: string,
  params: Record<string, string>,
  layout: Layout,
): string {
  if (distillFile === undefined) return fileOf(url, layout)
  const file = typeof distillFile === 'function' ? distillFile(params) : fillFile(distillFile, params)
  if (typeof file !== 'string')
    throw new TypeError(`\`distillFile\` returned a ${typeof file}; it must return a string`)
  return file.replace(/^\//, '')
}

function acceptedStatus({ distillStatus = 200 }: DistillRoute): number[] {
  const accepted = [distillStatus].flat()
  for (const status of accepted) {
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new TypeError(
        `\`distillStatus\` is \`${String(status)}\`; it must be a status code from 200 to 599, or a list of them`,
      )
    }
  }
  return accepted
}

function describe(params: PageParams): string {
  if (params.kind === 'none') return 'the page without params'
  if (params.kind === 'url') return `page \`${params.url}\``
  const value = params.kind === 'named' ? params.params : params.values
  try {
    return `params \`${JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))}\``
  } catch {
    // It holds itself, or throws.
    return `params \`${messageOf(value)}\``
  }
}
