import { type UrlValue, readHtml } from '../html/read.ts'
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

/**
 * Makes a function that finds the edits which add the tag to every URL in a page that names one of the files. They are
 * in the order of the page and apart; there are none if the page names no file. `page` gives the page's own address.
 */
export function createHtmlTagger(
  tagging: Tagging,
): (body: Uint8Array, page: () => string) => readonly Edit[] {
  const editsOf = urlTagger(tagging)
  return ({ buffer, byteOffset, byteLength }, page) => {
    const html = Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
    const edits: Edit[] = []
    let base: string | undefined
    readHtml(html, {
      base(href) {
        if (URL.canParse(toUnicode(href), page())) base = new URL(toUnicode(href), page()).href
      },
      value(value) {
        if (!isTagged(value)) return
        for (const edit of editsIn(html, value, (url) => editsOf(url, page, base))) edits.push(edit)
      },
    })
    return edits
  }
}

const taggedAttributes = new Set(['src', 'href', 'xlink:href', 'poster', 'srcset', 'imagesrcset', 'style'])

/** Not so: links to where the page or a feed is, for people and programs keep that address. */
function isTagged({ element, attribute, rel = '' }: UrlValue): boolean {
  if (attribute !== undefined && !taggedAttributes.has(attribute)) return false
  return element !== 'link' || !/\b(?:canonical|alternate)\b/i.test(rel) || /\bstylesheet\b/i.test(rel)
}

/** The edits of all URLs in a value, by their places in the page. */
function editsIn(
  html: string,
  { attribute, start, end, quoted, text, at, urls }: UrlValue,
  editsOf: (url: string) => readonly Edit[],
): Edit[] {
  const placeOf = (i: number) => start + (at ? at[i]! : i)
  const ampersand = attribute === undefined ? '&' : '&amp;'
  const edits = urls.flatMap((url) =>
    editsOf(text.slice(url.start, url.end)).map((edit) => ({
      start: placeOf(url.start + edit.start),
      end: placeOf(url.start + edit.end),
      text: edit.text.replaceAll('&', ampersand),
    })),
  )
  // HTML has no `=` in a value without quotes, whatever browsers make of it.
  if (edits.length === 0 || quoted || html.slice(start, end).includes('"')) return edits
  return [{ start, end: start, text: '"' }, ...edits, { start: end, end, text: '"' }]
}

/** A path from the root with nothing to decode or to resolve in it. */
const isPlain = (url: string) => /^\/(?!\/)[!$'-;=@-Z_a-z~]*$/.test(url) && !url.includes('/.')

const none: readonly Edit[] = []

/** Makes a function that finds the edits which give a URL the tag of the file it names. */
function urlTagger({ param, base: siteBase, hosts, tags }: Tagging) {
  /** What goes behind a plain URL. To resolve one costs more than to read the rest of the page. */
  const queries = new Map<string, string>()
  for (const [key, tag] of tags) {
    const url = siteBase + key
    if (isPlain(url)) queries.set(url, `?${param}=${tag}`)
  }

  function tagOf(url: string, base: string): string | undefined {
    if (!URL.canParse(url, base)) return undefined
    const { protocol, host, pathname } = new URL(url, base)
    if (!/^https?:$/.test(protocol) || !hosts.includes(host) || !pathname.startsWith(siteBase)) return undefined
    try {
      return tags.get(decodeURIComponent(pathname.slice(siteBase.length)))
    } catch {
      return undefined
    }
  }

  return (url: string, page: () => string, base: string | undefined): readonly Edit[] => {
    if (base === undefined) {
      const text = queries.get(url)
      if (text !== undefined) return [{ start: url.length, end: url.length, text }]
      if (isPlain(url)) return none
    }
    const tag = /^\s*(?:#|data:|$)/i.test(url) ? undefined : tagOf(toUnicode(url), base ?? page())
    return tag === undefined ? none : tagEdits(url, param, tag)
  }
}
