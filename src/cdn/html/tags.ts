/**
 * Goes over the tags of an HTML document by the rules by which browsers read them. It works on bytes and builds
 * next to nothing: to make a tree of a page, or only a string, takes longer than rendering it does.
 */

/** An attribute whose name may matter here. */
export interface Attribute {
  /** In lower case. */
  name: string
  /** Where its value is, without quotes. */
  start: number
  end: number
  quoted: boolean
}

export interface TagVisitor {
  /** A start tag. Its name is in lower case, and empty where it is none of {@link names}. */
  open(name: string, attributes: readonly Attribute[]): void
  /** The content of an element that holds text and no elements. */
  text(name: string, start: number, end: number): void
  close(name: string): void
}

/** Elements whose content is text up to their end tag. */
const textElements = [
  'script',
  'style',
  'textarea',
  'title',
  'xmp',
  'iframe',
  'noembed',
  'noframes',
  'plaintext',
] as const

/** Elements that are told by their names; the others differ by their attributes only. */
const names = [...textElements, 'base', 'link', 'template']
const textNames = new Set<string>(textElements)

/** Attributes that are handed out. */
const attributeNames = [
  'href',
  'imagesrcset',
  'poster',
  'rel',
  'shadowrootmode',
  'src',
  'srcset',
  'style',
  'xlink:href',
]

/** Where in a document a file may be named; asked for from its beginning to its end. */
export interface Hints {
  /** The place of the last one. */
  last: number
  /** The first place from there on. */
  next(from: number): number
}

/** What a character is to a tag, as bits. */
const kinds = new Uint8Array(256)
const [isSpace, endsName, endsAttribute, isLetter] = [1, 2, 4, 8]
for (const c of '\t\n\f\r ') kinds[c.charCodeAt(0)] = isSpace | endsName | endsAttribute
for (const c of '/>') kinds[c.charCodeAt(0)] = endsName | endsAttribute
kinds['='.charCodeAt(0)] = endsAttribute
for (let c = 97; c < 123; c++) kinds[c] = kinds[c - 32] = isLetter

const [bang, doubleQuote, singleQuote, dash, slash, less, equals, greater, question] = [
  33, 34, 39, 45, 47, 60, 61, 62, 63,
]

/**
 * Makes a function that finds a name of a list where one stands in a document, in any case. Nearly all others are
 * told apart by their first letter and their length.
 */
function finder(list: Iterable<string>): (html: Buffer, start: number, end: number) => string {
  const candidates: string[][] = Array.from({ length: 32 * 16 }, () => [])
  for (const name of list) candidates[(name.charCodeAt(0) & 31) * 16 + name.length]!.push(name)
  return (html, start, end) => {
    if (end - start > 15) return ''
    for (const name of candidates[(html[start]! & 31) * 16 + end - start]!)
      if (isNamed(html, start, name)) return name
    return ''
  }
}

function isNamed(html: Buffer, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const c = html[start + i]!
    if ((kinds[c] === isLetter ? c | 32 : c) !== name.charCodeAt(i)) return false
  }
  return true
}

/**
 * Text and plainly written tags that are none of {@link names}: a regular expression passes over them several times
 * faster than code does. Whatever it stops at is read by the rules.
 */
const plain = (() => {
  const space = String.raw`[\t\n\f\r ]`
  const name = String.raw`(?!(?:${names.join('|')})[\t\n\f\r />])[a-z][a-z0-9:-]*`
  const value = String.raw`"[^"]*"|'[^']*'|[^\t\n\f\r "'=<>]+`
  const attribute = String.raw`${space}+[^\t\n\f\r "'<>/=]+(?:=(?:${value}))?`
  return new RegExp(`(?:[^<]+|</?${name}(?:${attribute})*${space}*/?>)*`, 'iy')
})()

const findName = finder(names)
const findAttribute = finder(attributeNames)

/**
 * Calls the visitor for the tags of the document, in order, and never for what is in a comment or a script. Tags
 * without a hint in them are passed over, but for those of {@link names}; what follows the last hint is not read.
 */
export function visitTags(html: Buffer, hints: Hints, visitor: TagVisitor): void {
  // One character for each byte.
  const text = html.toString('latin1', 0, hints.last)
  for (let at = 0; ;) {
    at = seek(html, less, behindPlain(text, at, hints.next(at)))
    if (at > hints.last) return
    const next = html[++at]!
    if (kinds[next] === isLetter) {
      const nameEnd = endOfName(html, at)
      const name = findName(html, at, nameEnd)
      const attributes: Attribute[] = []
      at = readAttributes(html, nameEnd, attributes)
      // Cut off by the end of the document, it is no tag.
      if (at < 0) return
      if (name !== '' || hints.next(nameEnd) < at) visitor.open(name, attributes)
      if (name === '' || !textNames.has(name)) continue
      const end = endOfText(html, at, name)
      if (hints.next(at) < end) visitor.text(name, at, end)
      at = end
    } else if (next === slash && kinds[html[at + 1]!] === isLetter) {
      const nameEnd = endOfName(html, ++at)
      const name = findName(html, at, nameEnd)
      at = readAttributes(html, nameEnd)
      if (at < 0) return
      if (name !== '') visitor.close(name)
    } else if (next === bang || next === question || next === slash) {
      const comment = next === bang && html[at + 1] === dash && html[at + 2] === dash
      at = comment ? endOfComment(html, at + 3) : seek(html, greater, at + 1) + 1
    }
  }
}

/** Where what is plain ends, or the hint is. */
function behindPlain(text: string, start: number, hint: number): number {
  plain.lastIndex = start
  plain.test(text.slice(0, hint))
  return Math.max(plain.lastIndex, start)
}

function endOfName(html: Buffer, start: number): number {
  let at = start + 1
  while (at < html.length && (kinds[html[at]!]! & endsName) === 0) at++
  return at
}

/** Reads what follows a tag's name; the result is where the tag ends, or -1 where the document ends before. */
function readAttributes(html: Buffer, start: number, attributes?: Attribute[]): number {
  const { length } = html
  let at = start
  while (at < length) {
    let c = html[at]!
    if (c === greater) return at + 1
    if (c === slash || (kinds[c]! & isSpace) !== 0) {
      at++
      continue
    }
    const nameStart = at
    // A name may begin with the character that ends it elsewhere.
    do at++
    while (at < length && (kinds[html[at]!]! & endsAttribute) === 0)
    const nameEnd = at
    at = behindSpace(html, at)
    if (html[at] !== equals) continue
    at = behindSpace(html, at + 1)
    if (at >= length) return -1
    c = html[at]!
    const quoted = c === doubleQuote || c === singleQuote
    if (quoted) at++
    const valueStart = at
    if (quoted) at = seek(html, c, at)
    else while (at < length && (c = html[at]!) !== greater && (kinds[c]! & isSpace) === 0) at++
    if (at >= length) return -1
    const name = attributes ? findAttribute(html, nameStart, nameEnd) : ''
    if (name !== '') attributes!.push({ name, start: valueStart, end: at, quoted })
    if (quoted) at++
  }
  return -1
}

function behindSpace(html: Buffer, start: number): number {
  let at = start
  while (at < html.length && (kinds[html[at]!]! & isSpace) !== 0) at++
  return at
}

/** Where the end tag of such an element begins, or the document ends. */
function endOfText(html: Buffer, start: number, name: string): number {
  if (name === 'plaintext') return html.length
  for (let at = html.indexOf('</', start); at >= 0; at = html.indexOf('</', at + 2)) {
    const end = at + 2 + name.length
    if (end >= html.length || (kinds[html[end]!]! & endsName) === 0) continue
    if (!isNamed(html, at + 2, name)) continue
    if (name === 'script' && isCommented(html.subarray(start, at))) continue
    return at
  }
  return html.length
}

/** A script that has opened a comment and a script inside that is not over before both are. */
const isCommented = (script: Buffer) =>
  script.includes('<!--') &&
  /<!--(?:(?!-->)[^])*<script[\s/>](?:(?!-->|<\/script[\s/>])[^])*$/i.test(script.toString('latin1'))

/** Where a comment ends whose content begins here: `<!-->` and `<!--->` are over at once. */
function endOfComment(html: Buffer, start: number): number {
  if (html[start] === greater) return start + 1
  if (html[start] === dash && html[start + 1] === greater) return start + 2
  for (let at = html.indexOf('--', start); at >= 0; at = html.indexOf('--', at + 1)) {
    if (html[at + 2] === greater) return at + 3
    if (html[at + 2] === bang && html[at + 3] === greater) return at + 4
  }
  return html.length
}

/** Where a byte is next, or the document ends. Node's own `indexOf` takes longer to be called than this to look. */
function seek(html: Buffer, byte: number, from: number): number {
  let at = from
  while (at < html.length && html[at] !== byte) at++
  return at
}
