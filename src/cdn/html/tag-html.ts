import { type Edit, apply, tagEdits } from '../../app/cdn-url.ts'
import { type TaggedFiles, tagOfUrl } from './files.ts'
import { type Part, cssUrls, srcsetUrls, wholeUrl } from './parts.ts'
import { escape, resolveReferences, unresolve } from './references.ts'
import { type Attribute, visitTags } from './tags.ts'

/** Everything that tagging HTML depends on. Crosses threads. */
export interface Tagging extends TaggedFiles {
  /** The name of the query parameter. */
  param: string
}

/** The attributes that name what a page loads or leads to, and where in their values. */
const urlsOf = new Map<string, (value: string) => Iterable<Part>>([
  ['src', wholeUrl],
  ['href', wholeUrl],
  ['xlink:href', wholeUrl],
  ['poster', wholeUrl],
  ['srcset', srcsetUrls],
  ['imagesrcset', srcsetUrls],
  ['style', cssUrls],
])

/**
 * Adds the tag to every URL in a page that names one of the files. All other bytes stay as they are, and a page
 * without any such URL comes back as it is.
 * @param page The page's own address
 */
export function tagHtml(body: Uint8Array, page: string, tagging: Tagging): Uint8Array {
  // One character for each byte: whatever is not touched is sure to come out again as it was.
  const html = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
  const edits: Edit[] = []
  let here = new URL(page)
  let based = false
  /** Of each open `<template>`, whether it is only there for scripts. */
  const templates: boolean[] = []

  const editsIn = (text: string, parts: Iterable<Part>): Edit[] => {
    const found: Edit[] = []
    for (const { start, end } of parts) {
      const url = text.slice(start, end)
      const tag = tagOfUrl(url, here, tagging)
      if (tag === undefined) continue
      for (const edit of tagEdits(url, tagging.param, tag))
        found.push({ start: start + edit.start, end: start + edit.end, text: edit.text })
    }
    return found
  }

  const tagAttribute = ({ name, start, end, quoted }: Attribute): void => {
    const find = urlsOf.get(name)
    if (!find) return
    const raw = html.slice(start, end)
    // What a page has most of are links to pages.
    if (raw.endsWith('/') && !raw.includes('?')) return
    let found: Edit[]
    if (raw.includes('&')) {
      const resolved = resolveReferences(raw)
      if (!resolved) return
      found = unresolve(editsIn(resolved.text, find(resolved.text)), resolved)
    } else {
      found = editsIn(raw, find(raw)).map((edit) => ({ ...edit, text: escape(edit.text) }))
    }
    if (found.length === 0) return
    // HTML has no `=` in a value without quotes, whatever browsers make of it.
    const quote = quoted || raw.includes('"') ? '' : '"'
    edits.push({ start, end: start, text: quote })
    for (const edit of found)
      edits.push({ start: start + edit.start, end: start + edit.end, text: edit.text })
    edits.push({ start: end, end, text: quote })
  }

  visitTags(html, {
    open(name, attributes) {
      if (name === 'template') templates.push(!attributes.some((each) => each.name === 'shadowrootmode'))
      if (templates.includes(true)) return
      if (name === 'base') {
        const href = attributes.find((each) => each.name === 'href')
        const value = href && resolveReferences(html.slice(href.start, href.end))?.text
        if (based || value === undefined || !URL.canParse(value, here.href)) return
        based = true
        here = new URL(value, here.href)
      } else if (name !== 'link' || !isAddress(html, attributes)) {
        for (const attribute of attributes) tagAttribute(attribute)
      }
    },
    text(name, start, end) {
      if (name !== 'style' || templates.includes(true)) return
      const text = html.slice(start, end)
      for (const edit of editsIn(text, cssUrls(text)))
        edits.push({ start: start + edit.start, end: start + edit.end, text: edit.text })
    },
    close(name) {
      if (name === 'template') templates.pop()
    },
  })
  return edits.length === 0 ? body : Buffer.from(apply(html, edits), 'latin1')
}

/** A link that says where the page, or a feed, is: people and machines keep that. */
function isAddress(html: string, attributes: readonly Attribute[]): boolean {
  const rel = attributes.find(({ name }) => name === 'rel')
  if (!rel) return false
  const value = html.slice(rel.start, rel.end)
  return /\b(?:canonical|alternate)\b/i.test(value) && !/\bstylesheet\b/i.test(value)
}
