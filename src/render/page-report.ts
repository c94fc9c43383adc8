import type { PageList } from '../routes/types.ts'
import type { Rendered } from './messages.ts'

/** How many slow pages are remembered. */
const slowestShown = 5

const withoutDoctype = 'it has no `<!doctype html>`, which other pages have'

/** What is to be said and done about pages once all have rendered, without keeping them. */
export class PageNotes {
  rendered = 0
  /** The slowest first. */
  readonly slowest: { url: string; ms: number }[] = []
  /** By the key that stands for it: where a page that is a redirect leads, and its URL. */
  readonly redirects = new Map<string, { to: string; name: string }>()
  /** Pages that a search engine may list; only where a sitemap is wanted. */
  readonly listed: { key: string; lastmod?: string }[] = []
  readonly #plan: PageList
  readonly #sitemap: boolean
  /** By what was said, the first page that it was said of, and of how many. */
  readonly #warnings = new Map<string, { url: string; pages: number }>()
  #someHaveDoctype = false

  constructor(plan: PageList, { sitemap }: { sitemap: boolean }) {
    this.#plan = plan
    this.#sitemap = sitemap
  }

  add(page: Rendered): void {
    const { index, key, status, redirect, noindex, doctype, warnings = [], ms } = page
    const { url, params } = this.#plan.pages[index]!
    this.rendered++
    this.#noteSlow(url, ms)
    if (redirect) this.redirects.set(key, { to: redirect.to, name: url })
    // Only HTML has a doctype or lacks one.
    else if (this.#sitemap && status === 200 && !noindex && doctype !== undefined) {
      this.listed.push({ key, ...(params?.lastmod === undefined ? {} : { lastmod: params.lastmod }) })
    }
    for (const message of warnings) this.#warn(message, url)
    if (doctype === false) this.#warn(withoutDoctype, url)
    this.#someHaveDoctype ||= doctype === true
  }

  /** What a person would hardly have meant, said once for all pages that share it. */
  warnings(): string[] {
    return [...this.#warnings]
      .filter(([message]) => message !== withoutDoctype || this.#someHaveDoctype)
      .map(
        ([message, { url, pages }]) =>
          `page \`${url}\`${pages === 1 ? '' : ` and ${pages - 1} more`}: ${message}`,
      )
  }

  #warn(message: string, url: string): void {
    const known = this.#warnings.get(message)
    if (known) known.pages++
    else this.#warnings.set(message, { url, pages: 1 })
  }

  #noteSlow(url: string, ms: number): void {
    if (this.slowest.length === slowestShown && ms <= this.slowest.at(-1)!.ms) return
    this.slowest.push({ url, ms })
    this.slowest.sort((a, b) => b.ms - a.ms)
    this.slowest.length = Math.min(this.slowest.length, slowestShown)
  }
}

/** A site that has lost most of its pages is more often an empty database than a plan. */
export function dropWarning(pages: number, before: number | undefined): string[] {
  if (before === undefined || pages >= before / 2) return []
  return [`the site has ${pages} pages where the last build had ${before}`]
}
