import { compareKeys } from '../keys.ts'
import type { Page, PageList } from '../routes/types.ts'
import type { PageRecord } from './cache/record.ts'
import type { Rendered } from './messages.ts'
import { misnamedWarning } from './misnamed.ts'

/** How many pages keep their warnings for the page of the report. */
const warnedKept = 100_000
/** How many slow pages the report names. */
const slowestShown = 5

const withoutDoctype = 'it has no `<!doctype html>`, which other pages have'

/** What is known of a page, whether it was rendered or kept. */
type KnownPage = Pick<Rendered, 'status' | 'headers' | 'redirect' | 'doctype' | 'noindex' | 'warnings'>

/** Collects what later steps need to know of the pages, without keeping the pages. */
export class PageReport {
  rendered = 0
  kept = 0
  /** The first page, if it waited for what the app starts. */
  start: { url: string; ms: number } | undefined
  /** The slowest first. */
  readonly slowest: { url: string; ms: number }[] = []
  /** Pages that answered a redirect, by key: where each leads, and its URL. */
  readonly redirects = new Map<string, { to: string; name: string }>()
  /** Pages for the sitemap; empty without the option `sitemap`. */
  readonly sitemapPages: { key: string; lastmod: string | undefined; priority: number | undefined }[] = []
  readonly #routes: PageList['routes']
  readonly #sitemap: boolean
  /** By message: the page that has the warning, of several the one whose key comes first, and how many have it. */
  readonly #warnings = new Map<string, { url: string; key: string; pages: number }>()
  /** By key, the same warnings. */
  readonly #warningsOf = new Map<string, string[]>()
  #someHaveDoctype = false

  constructor({ routes }: PageList, { sitemap }: { sitemap: boolean }) {
    this.#routes = routes
    this.#sitemap = sitemap
  }

  addRendered(page: Page, rendered: Rendered): void {
    const { url } = page
    const { ms, first } = rendered
    this.rendered++
    if (!first) this.#noteSlow(url, ms)
    // Of several threads, the slowest.
    else if (ms > (this.start?.ms ?? 0)) this.start = { url, ms }
    this.#learn(page, rendered)
  }

  addKept(page: Page, { file, doctype, noindex, warnings, remote }: PageRecord): void {
    const { status = 200, headers, redirect } = file
    if (!remote) this.kept++
    this.#learn(page, { status, headers, redirect, doctype, noindex, warnings })
  }

  warn(message: string, { url, key }: Page): void {
    const own = this.#warningsOf.get(key)
    if (own) own.push(message)
    else if (this.#warningsOf.size < warnedKept) this.#warningsOf.set(key, [message])
    const known = this.#warnings.get(message)
    if (!known) this.#warnings.set(message, { url, key, pages: 1 })
    else {
      known.pages++
      if (compareKeys(key, known.key) < 0) Object.assign(known, { url, key })
    }
  }

  /**
   * Each warning once, with a page that has it and the number of others. Sorted, because the order in which pages come
   * changes from build to build: kept ones come first.
   */
  warnings(): string[] {
    return [...this.#warnings]
      .filter(([message]) => this.#isTold(message))
      .sort(([a, { key: first }], [b, { key: second }]) => compareKeys(first, second) || (a < b ? -1 : 1))
      .map(
        ([message, { url, pages }]) =>
          `page \`${url}\`${pages === 1 ? '' : ` and ${pages - 1} more`}: ${message}`,
      )
  }

  /** The warnings of one page, by its key. */
  warningsOf(key: string): string[] | undefined {
    const told = this.#warningsOf.get(key)?.filter((message) => this.#isTold(message))
    return told?.length ? told : undefined
  }

  #isTold(message: string): boolean {
    return message !== withoutDoctype || this.#someHaveDoctype
  }

  #learn(page: Page, { status, headers, redirect, noindex, doctype, warnings = [] }: KnownPage): void {
    const { url, key, route, params, lastmod = params?.lastmod, priority } = page
    if (redirect) this.redirects.set(key, { to: redirect.to, name: url })
    // `doctype` is undefined for pages that are not HTML.
    else if (this.#sitemap && status === 200 && !noindex && doctype !== undefined)
      this.sitemapPages.push({ key, lastmod, priority })
    const misnamed = misnamedWarning(key, headers['content-type'], this.#routes[route]!.route)
    if (misnamed !== undefined) this.warn(misnamed, page)
    for (const message of warnings) this.warn(message, page)
    if (doctype === false) this.warn(withoutDoctype, page)
    this.#someHaveDoctype ||= doctype === true
  }

  #noteSlow(url: string, ms: number): void {
    if (this.slowest.length === slowestShown && ms <= this.slowest.at(-1)!.ms) return
    this.slowest.push({ url, ms })
    this.slowest.sort((a, b) => b.ms - a.ms)
    this.slowest.length = Math.min(this.slowest.length, slowestShown)
  }
}

/** Warns if the site lost more than half of its pages: an empty database is a likelier cause than an intention. */
export function dropWarning(pages: number, before: number | undefined): string[] {
  if (before === undefined || pages >= before / 2) return []
  return [`the site has ${pages} pages where the last build had ${before}`]
}
