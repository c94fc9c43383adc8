import { type Attribute, type ElementVisitor, readElements } from './elements.ts'
import { type Decoded, decodeReferences } from './references.ts'
import { urlsInAttribute, urlsInMeta } from './url-attributes.ts'
import { type UrlSpan, cssUrls } from './urls.ts'

/** Called for what a page's HTML names, in the order of the page; not for what an inert `<template>` holds. */
export interface HtmlVisitor {
  /** An attribute, or the content of a `<style>`, that may hold URLs. */
  value(value: UrlValue): void
  /** The `href` of the first `<base>` that has one. */
  base?(href: string): void
  /** What a fragment may name: an `id`, or the `name` of an `<a>`; not in a shadow root. */
  anchor?(name: string): void
}

/** An attribute's value, or the content of a `<style>`. */
export interface UrlValue extends Decoded {
  /** The element's name in lower case. */
  element: string
  /** The attribute's name in lower case; undefined for the content of a `<style>`. */
  attribute: string | undefined
  /** The value of another attribute of the element; undefined if it has none of that name. */
  other: (attribute: string) => string | undefined
  /** Whether an attribute of that name comes before it in the tag. Browsers take the first. */
  duplicate: boolean
  /** Where the value is in the page, without its quotes. */
  start: number
  end: number
  quoted: boolean
  /** Where the URLs are in `text`. */
  urls: readonly UrlSpan[]
}

/**
 * Reads what a page's HTML names.
 * @param html A character for each byte, as `buffer.toString('latin1')` gives it: then places in it are places in the
 *   page. The texts that come out are like that too, with their character references decoded; see `toUnicode()`.
 */
export function readHtml(html: string, visitor: HtmlVisitor): void {
  readElements(html, new PageReader(html, visitor))
}

class PageReader implements ElementVisitor {
  readonly #html: string
  readonly #visitor: HtmlVisitor
  /** Of each open `<template>`, whether it is inert. The others are shadow roots. */
  readonly #templates: boolean[] = []
  #inertTemplates = 0
  #hasBase = false

  constructor(html: string, visitor: HtmlVisitor) {
    this.#html = html
    this.#visitor = visitor
  }

  startTag(element: string, attributes: readonly Attribute[]): void {
    if (this.#inertTemplates === 0 && attributes.length > 0) this.#readAttributes(element, attributes)
    if (element !== 'template') return
    const inert = !attributes.some(({ name, start, end }) => name === 'shadowrootmode' && start < end)
    this.#templates.push(inert)
    if (inert) this.#inertTemplates++
  }

  endTag(start: number, end: number): void {
    if (this.#templates.length === 0 || this.#html.slice(start, end).toLowerCase() !== 'template') return
    if (this.#templates.pop()) this.#inertTemplates--
  }

  style(start: number, end: number): void {
    if (this.#inertTemplates > 0) return
    const text = this.#html.slice(start, end)
    const where = { element: 'style', attribute: undefined, other: () => undefined, duplicate: false }
    this.#visitor.value({ ...where, start, end, quoted: true, text, at: undefined, urls: cssUrls(text) })
  }

  #readAttributes(element: string, attributes: readonly Attribute[]): void {
    const other = (wanted: string) => {
      const attribute = attributes.find(({ name }) => name === wanted)
      return attribute && this.#decode(attribute).text
    }
    // Holds only names that matter here, so it stays short.
    const seen: string[] = []
    for (const attribute of attributes) {
      const { name, start, end, quoted } = attribute
      const duplicate = seen.includes(name)
      if (name === 'id' || (name === 'name' && element === 'a')) {
        if (!duplicate) this.#anchor(attribute)
      } else if (name === 'href' && element === 'base') {
        this.#base(attribute)
      } else {
        const isMeta = name === 'content' && element === 'meta'
        const urlsIn = isMeta ? urlsInMeta(other) : urlsInAttribute(element, name)
        if (!urlsIn) continue
        const { text, at } = this.#decode(attribute)
        const urls = urlsIn(text)
        this.#visitor.value({
          element,
          attribute: name,
          other,
          duplicate,
          start,
          end,
          quoted,
          text,
          at,
          urls,
        })
      }
      if (!duplicate) seen.push(name)
    }
  }

  #anchor(attribute: Attribute): void {
    const inShadow = this.#templates.length > 0
    if (!inShadow && this.#visitor.anchor) this.#visitor.anchor(this.#decode(attribute).text)
  }

  #base(attribute: Attribute): void {
    if (!this.#hasBase) this.#visitor.base?.(this.#decode(attribute).text)
    this.#hasBase = true
  }

  #decode({ start, end }: Attribute): Decoded {
    return decodeReferences(this.#html.slice(start, end))
  }
}
