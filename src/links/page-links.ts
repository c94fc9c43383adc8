import { type HtmlVisitor, type UrlValue, readHtml } from '../html/read.ts'
import { toUnicode } from '../html/references.ts'
import { cssUrls } from '../html/urls.ts'
import { type Resolve, decode, fragmentOf } from './resolve.ts'

/**
 * What a page links to, each thing once, as plain data. A URL of the site is a path with `base`, percent-encoded,
 * without its query and with its fragment: `/docs/about/#team`. `#team` alone is a fragment of the page itself that
 * the page has no id for; those that it has are left out.
 */
export interface PageLinks {
  /** Where visitors get from the page: by links, forms, frames and `<meta http-equiv=refresh>`. */
  links: readonly string[]
  /** What it names otherwise: files, and addresses of pages in `<link>` and `<meta>`. */
  resources: readonly string[]
  /** What a fragment may name. */
  ids: readonly string[]
}

/** The same with the addresses of other sites. */
export interface AllLinks extends PageLinks {
  external: readonly string[]
}

/**
 * Collects the links of a page while its HTML is read.
 * @example
 *   const reader = new LinkReader(address, resolve)
 *   readHtml(html, reader)
 *   reader.found()
 */
class LinkReader implements HtmlVisitor {
  readonly #resolve: Resolve
  /** What relative URLs are relative to from here on. */
  #base: string
  #ownBase = true
  readonly #links = new Set<string>()
  readonly #resources = new Set<string>()
  readonly #external = new Set<string>()
  readonly #ids = new Set<string>()
  /** Fragments of the page itself. */
  readonly #fragments = new Set<string>()

  /** @param address That of the page */
  constructor(address: string, resolve: Resolve) {
    this.#base = address
    this.#resolve = resolve
  }

  base(href: string): void {
    const url = toUnicode(href)
    if (!URL.canParse(url, this.#base)) return
    this.#base = new URL(url, this.#base).href
    this.#ownBase = false
  }

  anchor(name: string): void {
    if (name !== '') this.#ids.add(toUnicode(name))
  }

  value({ element, attribute, other, duplicate, text, urls }: UrlValue): void {
    if (duplicate || isUnused(element, attribute, other)) return
    const isLink = leadsVisitors(element, attribute, text)
    for (const { start, end } of urls) {
      // Nothing is fetched for an empty `src`.
      if (start === end && !isLink) continue
      this.#add(toUnicode(text.slice(start, end)), isLink)
    }
  }

  /** What was found. Call it once the page is read. */
  found(): AllLinks {
    const own = [...this.#fragments].filter((fragment) => !names(fragment.slice(1), this.#ids))
    return {
      links: [...own, ...this.#links],
      resources: [...this.#resources],
      ids: [...this.#ids],
      external: [...this.#external],
    }
  }

  #add(url: string, isLink: boolean): void {
    if (url.startsWith('#') && this.#ownBase) {
      // `url(#gradient)` and `<use href="#icon">` may name what a script adds, as any link may, and nobody sees them fail.
      const fragment = isLink ? fragmentOf(url) : ''
      if (fragment !== '') this.#fragments.add(fragment)
      return
    }
    const to = this.#resolve(url, this.#base)
    if (to === undefined) return
    if (!to.startsWith('/')) this.#external.add(to)
    else (isLink ? this.#links : this.#resources).add(to)
  }
}

/** Whether an id is what a fragment names, by the rules of browsers. The fragment has no `#`. */
export const names = (fragment: string, ids: { has(id: string): boolean }): boolean =>
  ids.has(fragment) || ids.has(decode(fragment))

/** Whether visitors get to what an attribute names. */
function leadsVisitors(element: string, attribute: string | undefined, text: string): boolean {
  if (attribute === 'href' || attribute === 'xlink:href') return element === 'a' || element === 'area'
  if (attribute === 'src') return element === 'iframe' || element === 'frame'
  // Of a `<meta>`, only a refresh begins with a number of seconds.
  if (attribute === 'content') return /^\s*[\d.]/.test(text)
  return attribute === 'action' || attribute === 'formaction'
}

/** Whether no page or file is behind what an attribute names. */
function isUnused(element: string, attribute: string | undefined, other: UrlValue['other']): boolean {
  // The path of an address that is only connected to has no meaning.
  if (element === 'link') return /\b(?:dns-prefetch|preconnect)\b/i.test(other('rel') ?? '')
  // A form that is posted asks for no page.
  if (attribute === 'action') return !/^(?:get)?$/i.test(other('method') ?? '')
  if (attribute === 'formaction') return !/^get$/i.test(other('formmethod') ?? '')
  return false
}

/** Reads the links and ids of a page. */
export function readPageLinks(body: Uint8Array, address: string, resolve: Resolve): AllLinks {
  const { buffer, byteOffset, byteLength } = body
  const reader = new LinkReader(address, resolve)
  readHtml(Buffer.from(buffer, byteOffset, byteLength).toString('latin1'), reader)
  return reader.found()
}

/** Reads what a style sheet names. */
export function readStyleLinks(css: string, address: string, resolve: Resolve): AllLinks {
  const resources = new Set<string>()
  const external = new Set<string>()
  for (const { start, end } of cssUrls(css)) {
    const url = css.slice(start, end)
    // `#gradient` is in the page, not in the style sheet.
    const to = start === end || url.startsWith('#') ? undefined : resolve(url, address)
    if (to !== undefined) (to.startsWith('/') ? resources : external).add(to)
  }
  return { links: [], resources: [...resources], ids: [], external: [...external] }
}

/** Reads what a fragment may name in an HTML or SVG file. */
export function readIds(text: string): Set<string> {
  const ids = new Set<string>()
  readHtml(Buffer.from(text).toString('latin1'), {
    value: () => {},
    anchor: (name) => ids.add(toUnicode(name)),
  })
  return ids
}
