import { type HtmlVisitor, type UrlValue, readHtml } from '../html/read.ts'
import { toUnicode } from '../html/references.ts'
import { type Edit, tagEdits } from './url.ts'

/** Everything that tagging HTML depends on: the files of a site that can have a tag, and where they are. */
export interface Tagging {
  /** The name of the query parameter. */
  param: string
  /** Vite's `base` as a path. */
  base: string
  /** The hosts of the site's files. A URL with another host is left alone. */
  hosts: readonly string[]
  /** The tags by key. */
  tags: ReadonlyMap<string, string>
}

/** Finds the edits that give a URL the tag of the file it names. */
type TagUrl = (url: string, page: () => string, base: string | undefined) => readonly Edit[]

/**
 * Makes a function that finds the edits which add the tag to every URL in a page that names one of the files. They are
 * in the order of the page and apart; there are none if the page names no file. `page` gives the page's own address.
 */
export function createHtmlTagger(
  tagging: Tagging,
): (body: Uint8Array, page: () => string) => readonly Edit[] {
  const tagUrl = createUrlTagger(tagging)
  return ({ buffer, byteOffset, byteLength }, page) => {
    const html = Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
    const tagger = new PageTagger(html, page, tagUrl)
    readHtml(html, tagger)
    return tagger.edits
  }
}

const taggedAttributes = new Set(['src', 'href', 'xlink:href', 'poster', 'srcset', 'imagesrcset', 'style'])

class PageTagger implements HtmlVisitor {
  readonly edits: Edit[] = []
  readonly #html: string
  readonly #page: () => string
  readonly #tagUrl: TagUrl
  /** What relative URLs are relative to from here on, instead of the page. */
  #base: string | undefined

  constructor(html: string, page: () => string, tagUrl: TagUrl) {
    this.#html = html
    this.#page = page
    this.#tagUrl = tagUrl
  }

  base(href: string): void {
    const url = toUnicode(href)
    if (URL.canParse(url, this.#page())) this.#base = new URL(url, this.#page()).href
  }

  value(value: UrlValue): void {
    const { attribute, start, end, quoted, text, at, urls } = value
    if (attribute !== undefined && !taggedAttributes.has(attribute)) return
    if (value.element === 'link' && isAddress(value.other('rel'))) return
    const before = this.edits.length
    const placeOf = (i: number) => start + (at ? at[i]! : i)
    for (const url of urls) {
      for (const edit of this.#tagUrl(text.slice(url.start, url.end), this.#page, this.#base)) {
        this.edits.push({
          start: placeOf(url.start + edit.start),
          end: placeOf(url.start + edit.end),
          text: attribute === undefined ? edit.text : edit.text.replaceAll('&', '&amp;'),
        })
      }
    }
    // HTML does not allow `=` in a value without quotes, though browsers accept it.
    if (this.edits.length === before || quoted || this.#html.slice(start, end).includes('"')) return
    this.edits.splice(before, 0, { start, end: start, text: '"' })
    this.edits.push({ start: end, end, text: '"' })
  }
}

/** Whether a `<link>` says where the page or a feed is. People and programs keep that address, so it has no tag. */
const isAddress = (rel = '') => /\b(?:canonical|alternate)\b/i.test(rel) && !/\bstylesheet\b/i.test(rel)

/** A path from the root with nothing to decode or to resolve in it. */
const isPlain = (url: string) => /^\/(?!\/)[!$'-;=@-Z_a-z~]*$/.test(url) && !url.includes('/.')

const none: readonly Edit[] = []

function createUrlTagger({ param, base: siteBase, hosts, tags }: Tagging): TagUrl {
  /** The query that goes behind a plain URL: resolving URLs costs more than reading the rest of the page. */
  const queries = new Map<string, string>()
  for (const [key, tag] of tags) {
    const url = siteBase + key
    if (isPlain(url)) queries.set(url, `?${param}=${tag}`)
  }

  function tagOf(url: string, base: string): string | undefined {
    if (!URL.canParse(url, base)) return undefined
    const { protocol, host, pathname } = new URL(url, base)
    if (!/^https?:$/.test(protocol) || !hosts.includes(host) || !pathname.startsWith(siteBase))
      return undefined
    try {
      return tags.get(decodeURIComponent(pathname.slice(siteBase.length)))
    } catch {
      return undefined
    }
  }

  return (url, page, base) => {
    if (base === undefined) {
      const text = queries.get(url)
      if (text !== undefined) return [{ start: url.length, end: url.length, text }]
      if (isPlain(url)) return none
    }
    const tag = /^\s*(?:#|data:|$)/i.test(url) ? undefined : tagOf(toUnicode(url), base ?? page())
    return tag === undefined ? none : tagEdits(url, param, tag)
  }
}
