import type { Edit } from '../url.ts'
import { type Tagging, UrlEdits } from './files.ts'
import { createHintTable } from './hints.ts'
import { type Part, cssUrls, srcsetUrls, wholeUrl } from './parts.ts'
import { type Resolved, resolveReferences } from './references.ts'
import { type TagVisitor, visitTags } from './tags.ts'

const urlsIn = { url: wholeUrl, srcset: srcsetUrls, style: cssUrls }

/**
 * Makes a function that finds what to edit in a page, so that every URL in it that names one of the files has the
 * tag: in order, and nothing in a page without any. `page` gives the page's own address.
 */
export function createHtmlTagger(
  tagging: Tagging,
): (body: Uint8Array, page: () => string) => readonly Edit[] {
  const urlEdits = new UrlEdits(tagging)
  const hints = createHintTable(tagging.tags.keys())
  return ({ buffer, byteOffset, byteLength }, page) => {
    const html = Buffer.from(buffer, byteOffset, byteLength)
    const tagger = new Tagger(html, urlEdits, page)
    visitTags(html, hints, tagger)
    return tagger.edits
  }
}

class Tagger implements TagVisitor {
  readonly edits: Edit[] = []
  readonly #html: Buffer
  readonly #urlEdits: UrlEdits
  readonly #page: () => string
  /** What relative URLs are relative to from here on. */
  #base: URL | undefined
  /** Of each open `<template>`, whether it is only there for scripts. */
  readonly #templates: boolean[] = []

  constructor(html: Buffer, urlEdits: UrlEdits, page: () => string) {
    this.#html = html
    this.#urlEdits = urlEdits
    this.#page = page
  }

  value(kind: keyof typeof urlsIn, start: number, end: number, quoted: boolean): void {
    if (this.#templates.includes(true)) return
    const raw = this.#text(start, end)
    // Most are written like that, and then there is nothing else to look for.
    const query = kind === 'url' && quoted && !this.#base ? this.#urlEdits.queryOf(raw) : undefined
    if (query !== undefined) {
      this.edits.push({ start: end, end, text: query })
      return
    }
    const before = this.edits.length
    const value = resolveReferences(raw)
    if (!value) return
    this.#tag(start, value, urlsIn[kind](value.text), '&amp;')
    // HTML has no `=` in a value without quotes, whatever browsers make of it.
    if (this.edits.length === before || quoted || raw.includes('"')) return
    this.edits.splice(before, 0, { start, end: start, text: '"' })
    this.edits.push({ start: end, end, text: '"' })
  }

  style(start: number, end: number): void {
    if (this.#templates.includes(true)) return
    const css = this.#text(start, end)
    this.#tag(start, { text: css }, cssUrls(css), '&')
  }

  /** Not where it says where the page, or a feed, is: people and machines keep that. */
  link(start: number, end: number): boolean {
    const rel = this.#text(start, end)
    return !/\b(?:canonical|alternate)\b/i.test(rel) || /\bstylesheet\b/i.test(rel)
  }

  base(start: number, end: number): void {
    if (this.#base || this.#templates.includes(true)) return
    const href = resolveReferences(this.#text(start, end))?.text
    if (href !== undefined && URL.canParse(href, this.#page())) this.#base = new URL(href, this.#page())
  }

  template(inert: boolean): void {
    this.#templates.push(inert)
  }

  templateEnd(): void {
    this.#templates.pop()
  }

  /** Tags the URLs of a value that begins at `start`. */
  #tag(start: number, { text, at }: Resolved, parts: readonly Part[], ampersand: string): void {
    const here = { page: this.#page, base: this.#base }
    for (const part of parts) {
      for (const edit of this.#urlEdits.of(text.slice(part.start, part.end), here)) {
        const from = part.start + edit.start
        const to = part.start + edit.end
        this.edits.push({
          start: start + (at ? at[from]! : from),
          end: start + (at ? at[to]! : to),
          text: edit.text.replaceAll('&', ampersand),
        })
      }
    }
  }

  /** One character for each byte, so that places in the text are places in the document. */
  #text(start: number, end: number): string {
    return this.#html.toString('latin1', start, end)
  }
}
