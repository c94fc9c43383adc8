/**
 * Goes over the tags of an HTML document by the rules by which browsers read them. It builds next to nothing: a
 * parser that builds a tree, or only hands out every name, takes longer than rendering the page does.
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
const names = new Set<string>([...textElements, 'base', 'link', 'template'])
const textNames = new Set<string>(textElements)

/** Attributes that are handed out. */
const attributeNames = new Set([
  'href',
  'imagesrcset',
  'poster',
  'rel',
  'shadowrootmode',
  'src',
  'srcset',
  'style',
  'xlink:href',
])

/** What a character is to a tag, as bits, by its code. */
const kinds = new Uint8Array(256)
const [isSpace, endsName, endsAttribute, isLetter] = [1, 2, 4, 8]
for (const c of '\t\n\f\r ') kinds[c.charCodeAt(0)] = isSpace | endsName | endsAttribute
for (const c of '/>') kinds[c.charCodeAt(0)] = endsName | endsAttribute
kinds['='.charCodeAt(0)] = endsAttribute
for (let c = 97; c < 123; c++) kinds[c] = kinds[c - 32] = isLetter

const [bang, doubleQuote, singleQuote, slash, equals, greater, question] = [33, 34, 39, 47, 61, 62, 63]

/** Whether a name of this length and first letter can be one of a set: most are told apart without looking further. */
function sieve(set: ReadonlySet<string>): (first: number, length: number) => boolean {
  const known = new Uint8Array(32 * 16)
  for (const name of set) known[(name.charCodeAt(0) & 31) * 16 + name.length] = 1
  return (first, length) => length < 16 && known[(first & 31) * 16 + length] === 1
}
const mayBeName = sieve(names)
const mayBeAttribute = sieve(attributeNames)

/**
 * Calls the visitor for each tag of the document, in order, and never for what is in a comment or a script.
 * @param html Holds no character above U+00FF
 */
export function visitTags(html: string, visitor: TagVisitor): void {
  let attributes: Attribute[] = []
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at)) {
    const next = html.charCodeAt(++at)
    if ((kinds[next]! & isLetter) !== 0) {
      const nameEnd = endOfName(html, at)
      const name = nameOf(html, at, nameEnd)
      // Few tags have any, so that one list does for many.
      if (attributes.length > 0) attributes = []
      at = readAttributes(html, nameEnd, attributes)
      // Cut off by the end of the document, it is no tag.
      if (at < 0) return
      if (name !== '' || attributes.length > 0) visitor.open(name, attributes)
      if (name === '' || !textNames.has(name)) continue
      const end = endOfText(html, at, name)
      visitor.text(name, at, end)
      at = end
    } else if (next === slash && (kinds[html.charCodeAt(at + 1)]! & isLetter) !== 0) {
      const nameEnd = endOfName(html, ++at)
      const name = nameOf(html, at, nameEnd)
      at = readAttributes(html, nameEnd)
      if (at < 0) return
      if (name !== '') visitor.close(name)
    } else if (next === bang || next === question || next === slash) {
      at = html.startsWith('--', at + 1) ? endOfComment(html, at + 3) : behind(html, '>', at + 1)
    }
  }
}

function endOfName(html: string, start: number): number {
  let at = start + 1
  while (at < html.length && (kinds[html.charCodeAt(at)]! & endsName) === 0) at++
  return at
}

/** A name of a set, in lower case: most are written so, and to make them so takes longer than to look. */
function known(set: ReadonlySet<string>, name: string): string | undefined {
  if (set.has(name)) return name
  const lower = name.toLowerCase()
  return set.has(lower) ? lower : undefined
}

function nameOf(html: string, start: number, end: number): string {
  if (!mayBeName(html.charCodeAt(start), end - start)) return ''
  return known(names, html.slice(start, end)) ?? ''
}

/** Reads what follows a tag's name; the result is where the tag ends, or -1 where the document ends before. */
function readAttributes(html: string, start: number, attributes?: Attribute[]): number {
  const { length } = html
  let at = start
  while (at < length) {
    let c = html.charCodeAt(at)
    if (c === greater) return at + 1
    if (c === slash || (kinds[c]! & isSpace) !== 0) {
      at++
      continue
    }
    const nameStart = at
    // A name may begin with the character that ends it elsewhere.
    do at++
    while (at < length && (kinds[html.charCodeAt(at)]! & endsAttribute) === 0)
    const nameEnd = at
    at = behindSpace(html, at)
    if (html.charCodeAt(at) !== equals) continue
    at = behindSpace(html, at + 1)
    c = html.charCodeAt(at)
    const quoted = c === doubleQuote || c === singleQuote
    if (quoted) at++
    const valueStart = at
    if (quoted) at = html.indexOf(c === doubleQuote ? '"' : "'", at)
    else while (at < length && (c = html.charCodeAt(at)) !== greater && (kinds[c]! & isSpace) === 0) at++
    if (at < 0) return -1
    if (attributes && mayBeAttribute(html.charCodeAt(nameStart), nameEnd - nameStart)) {
      const name = known(attributeNames, html.slice(nameStart, nameEnd))
      if (name !== undefined) attributes.push({ name, start: valueStart, end: at, quoted })
    }
    if (quoted) at++
  }
  return -1
}

function behindSpace(html: string, start: number): number {
  let at = start
  while (at < html.length && (kinds[html.charCodeAt(at)]! & isSpace) !== 0) at++
  return at
}

/** Where the end tag of such an element begins, or the document ends. */
function endOfText(html: string, start: number, name: string): number {
  if (name === 'plaintext') return html.length
  for (let at = html.indexOf('</', start); at >= 0; at = html.indexOf('</', at + 2)) {
    const end = at + 2 + name.length
    if (end >= html.length || (kinds[html.charCodeAt(end)]! & endsName) === 0) continue
    if (html.slice(at + 2, end).toLowerCase() !== name) continue
    if (name === 'script' && isCommented(html.slice(start, at))) continue
    return at
  }
  return html.length
}

/** A script that has opened a comment and a script inside that is not over before both are. */
const isCommented = (script: string) =>
  script.includes('<!--') && /<!--(?:(?!-->)[^])*<script[\s/>](?:(?!-->|<\/script[\s/>])[^])*$/i.test(script)

/** Where a comment ends whose content begins here: `<!-->` and `<!--->` are over at once. */
function endOfComment(html: string, start: number): number {
  const short = /^-?>/.exec(html.slice(start, start + 2))
  if (short) return start + short[0].length
  const end = /--!?>/g
  end.lastIndex = start
  return end.exec(html) ? end.lastIndex : html.length
}

function behind(html: string, text: string, from: number): number {
  const at = html.indexOf(text, from)
  return at < 0 ? html.length : at + text.length
}
