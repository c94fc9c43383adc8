import { S3Error } from './error.ts'

type Content = string | number | boolean | undefined | { raw: string }

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** A document with one level of elements. `undefined` omits an element; `raw` holds XML. */
export const element = (name: string, children: Record<string, Content>) =>
  `${declaration}${inner(name, children)}`

/** An element inside a document. */
export function inner(name: string, children: Record<string, Content>): string {
  const parts = Object.entries(children).map(([name, content]) => {
    if (content === undefined) return ''
    if (typeof content === 'object') return content.raw
    return `<${name}>${escape(String(content))}</${name}>`
  })
  return `<${name}>${parts.join('')}</${name}>`
}

const entities: Record<string, string> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
}

/** As S3 does, this writes characters that XML cannot hold as references, which parsers reject. */
const escape = (text: string) =>
  // oxlint-disable-next-line no-control-regex
  text.replace(/[<>&"'\u0000-\u001f]/g, (c) => entities[c] ?? `&#x${c.charCodeAt(0).toString(16)};`)

/** Throws for a document that no XML parser accepts. */
export function wellFormed(xml: string): string {
  if (/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(xml)) {
    throw new S3Error('MalformedXML', 'The XML you provided was not well-formed')
  }
  return xml
}

/** The contents of every element `name`, in order, as they stand in the document. */
export const all = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}>`, 'gs'))].map((match) => match[1]!)

/** The text of the first element `name`. */
export function text(xml: string, name: string): string | undefined {
  const found = all(xml, name)[0]
  return found === undefined ? undefined : unescape(found)
}

/** The text of the first element `name`. Throws without one. */
export function required(xml: string, name: string): string {
  const found = text(xml, name)
  if (found === undefined) throw new S3Error('MalformedXML', `no ${name}`)
  return found
}

const characters: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

const unescape = (text: string) =>
  text.replace(/&(#x([0-9a-f]+)|#(\d+)|\w+);/gi, (whole, name: string, hex?: string, decimal?: string) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16))
    return decimal ? String.fromCodePoint(Number(decimal)) : (characters[name] ?? whole)
  })
