import type { Edit } from '../../app/cdn-url.ts'
import { type Here, type Tagging, UrlEdits } from './files.ts'
import { createHinter } from './hints.ts'
import { type Part, cssUrls, srcsetUrls, wholeUrl } from './parts.ts'
import { type Resolved, resolveReferences } from './references.ts'
import { type Attribute, type Hints, visitTags } from './tags.ts'

/** The attributes that name what a page loads or leads to, and where in their values. */
const urlsOf = new Map<string, (value: string) => readonly Part[]>([
  ['src', wholeUrl],
  ['href', wholeUrl],
  ['xlink:href', wholeUrl],
  ['poster', wholeUrl],
  ['srcset', srcsetUrls],
  ['imagesrcset', srcsetUrls],
  ['style', cssUrls],
])

/**
 * Makes a function that finds what to edit in a page, so that every URL in it that names one of the files has the
 * tag: in order, and nothing in a page without any. `page` gives the page's own address.
 */
export function createHtmlTagger(
  tagging: Tagging,
): (body: Uint8Array, page: () => string) => readonly Edit[] {
  const urlEdits = new UrlEdits(tagging)
  const hintsIn = createHinter(tagging.tags.keys())
  return (body, page) => {
    // One character for each byte, so that places in the text are places in the document.
    const html = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
    const hints = hintsIn(html)
    return hints ? findEdits(html, hints, urlEdits, { page, base: undefined }) : []
  }
}

function findEdits(html: string, hints: Hints, urlEdits: UrlEdits, here: Here): Edit[] {
  const edits: Edit[] = []
  /** Of each open `<template>`, whether it is only there for scripts. */
  const templates: boolean[] = []

  /** Adds the edits of a value that begins at `start`. */
  const tagUrls = (
    start: number,
    { text, at }: Resolved,
    parts: readonly Part[],
    ampersand: string,
  ): void => {
    for (const part of parts) {
      for (const edit of urlEdits.of(text.slice(part.start, part.end), here)) {
        const from = part.start + edit.start
        const to = part.start + edit.end
        edits.push({
          start: start + (at ? at[from]! : from),
          end: start + (at ? at[to]! : to),
          text: edit.text.replaceAll('&', ampersand),
        })
      }
    }
  }
  const tagAttribute = (
    { start, end, quoted }: Attribute,
    urlsIn: (value: string) => readonly Part[],
  ): void => {
    const raw = html.slice(start, end)
    const value = resolveReferences(raw)
    if (!value) return
    const before = edits.length
    tagUrls(start, value, urlsIn(value.text), '&amp;')
    // HTML has no `=` in a value without quotes, whatever browsers make of it.
    if (edits.length === before || quoted || raw.includes('"')) return
    edits.splice(before, 0, { start, end: start, text: '"' })
    edits.push({ start: end, end, text: '"' })
  }

  visitTags(html, hints, {
    open(name, attributes) {
      if (name === 'template') templates.push(!attributes.some((each) => each.name === 'shadowrootmode'))
      if (templates.includes(true)) return
      if (name === 'base') here.base ??= baseOf(html, attributes, here)
      else if (name !== 'link' || !isAddress(html, attributes)) {
        for (const attribute of attributes) {
          const urlsIn = urlsOf.get(attribute.name)
          if (urlsIn) tagAttribute(attribute, urlsIn)
        }
      }
    },
    text(name, start, end) {
      if (name !== 'style' || templates.includes(true)) return
      const css = html.slice(start, end)
      tagUrls(start, { text: css }, cssUrls(css), '&')
    },
    close(name) {
      if (name === 'template') templates.pop()
    },
  })
  return edits
}

/** What relative URLs are relative to from here on. */
function baseOf(html: string, attributes: readonly Attribute[], { page }: Here): URL | undefined {
  const href = attributes.find(({ name }) => name === 'href')
  const value = href && resolveReferences(html.slice(href.start, href.end))?.text
  return value === undefined || !URL.canParse(value, page()) ? undefined : new URL(value, page())
}

/** A link that says where the page, or a feed, is: people and machines keep that. */
function isAddress(html: string, attributes: readonly Attribute[]): boolean {
  const rel = attributes.find(({ name }) => name === 'rel')
  if (!rel) return false
  const value = html.slice(rel.start, rel.end)
  return /\b(?:canonical|alternate)\b/i.test(value) && !/\bstylesheet\b/i.test(value)
}
