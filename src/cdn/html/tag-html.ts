import { type Edit, tagEdits } from '../../app/cdn-url.ts'
import { FileTags, type Here, type TaggedFiles } from './files.ts'
import { createHinter } from './hints.ts'
import { type Part, cssUrls, srcsetUrls, wholeUrl } from './parts.ts'
import { resolveReferences, unresolve } from './references.ts'
import { type Attribute, type Hints, visitTags } from './tags.ts'

/** Everything that tagging HTML depends on. */
export interface Tagging extends TaggedFiles {
  /** The name of the query parameter. */
  param: string
}

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
export function createHtmlTagger(tagging: Tagging): (body: Uint8Array, page: () => string) => Edit[] {
  const files = new FileTags(tagging)
  const hintsIn = createHinter(tagging.tags.keys())
  return (body, page) => {
    const html = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    const hints = hintsIn(html)
    if (!hints) return []
    return findEdits(html, hints, { page, base: undefined }, (url, here) => {
      const tag = files.of(url, here)
      return tag === undefined ? undefined : tagEdits(url, tagging.param, tag)
    })
  }
}

function findEdits(
  html: Buffer,
  hints: Hints,
  here: Here,
  editsOf: (url: string, here: Here) => Edit[] | undefined,
): Edit[] {
  const edits: Edit[] = []
  /** Of each open `<template>`, whether it is only there for scripts. */
  const templates: boolean[] = []

  const editsIn = (text: string, parts: readonly Part[]): Edit[] => {
    const found: Edit[] = []
    for (const { start, end } of parts) {
      for (const edit of editsOf(text.slice(start, end), here) ?? [])
        found.push({ start: start + edit.start, end: start + edit.end, text: edit.text })
    }
    return found
  }
  const add = (found: readonly Edit[], start: number): void => {
    for (const edit of found)
      edits.push({ start: start + edit.start, end: start + edit.end, text: edit.text })
  }
  const tagAttribute = (
    { start, end, quoted }: Attribute,
    find: (value: string) => readonly Part[],
  ): void => {
    const raw = textOf(html, start, end)
    const resolved = raw.includes('&') ? resolveReferences(raw) : { text: raw, at: undefined }
    const parts = resolved ? find(resolved.text) : []
    if (parts.length === 0) return
    const found = editsIn(resolved!.text, parts)
    if (found.length === 0) return
    // HTML has no `=` in a value without quotes, whatever browsers make of it.
    const bare = !quoted && !raw.includes('"')
    if (bare) edits.push({ start, end: start, text: '"' })
    add(unresolve(found, resolved!.at), start)
    if (bare) edits.push({ start: end, end, text: '"' })
  }

  visitTags(html, hints, {
    open(name, attributes) {
      if (name === 'template') templates.push(!attributes.some((each) => each.name === 'shadowrootmode'))
      if (templates.includes(true)) return
      if (name === 'base') here.base ??= baseOf(html, attributes, here)
      else if (name !== 'link' || !isAddress(html, attributes)) {
        for (const attribute of attributes) {
          const find = urlsOf.get(attribute.name)
          if (find) tagAttribute(attribute, find)
        }
      }
    },
    text(name, start, end) {
      if (name !== 'style' || templates.includes(true)) return
      const text = textOf(html, start, end)
      add(editsIn(text, cssUrls(text)), start)
    },
    close(name) {
      if (name === 'template') templates.pop()
    },
  })
  return edits
}

/** What relative URLs are relative to from here on. */
function baseOf(html: Buffer, attributes: readonly Attribute[], { page }: Here): URL | undefined {
  const href = attributes.find(({ name }) => name === 'href')
  const value = href && resolveReferences(textOf(html, href.start, href.end))?.text
  return value === undefined || !URL.canParse(value, page()) ? undefined : new URL(value, page())
}

/** A link that says where the page, or a feed, is: people and machines keep that. */
function isAddress(html: Buffer, attributes: readonly Attribute[]): boolean {
  const rel = attributes.find(({ name }) => name === 'rel')
  if (!rel) return false
  const value = textOf(html, rel.start, rel.end)
  return /\b(?:canonical|alternate)\b/i.test(value) && !/\bstylesheet\b/i.test(value)
}

/** One character for each byte, so that places in the text are places in the document. */
const textOf = (html: Buffer, start: number, end: number) => html.toString('latin1', start, end)
