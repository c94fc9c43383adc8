/**
 * Goes over the tags of an HTML document by the rules by which browsers read them. A document is a string with one
 * character for each byte. Next to nothing is built: to make a tree of a page takes longer than rendering it does.
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
const textElements = ['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes']

/** Elements that are told by their names; the others differ by their attributes only. */
const names = [...textElements, 'plaintext', 'base', 'link', 'template']

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
  /** The first place from there on; where there is none, the document's end. */
  next(from: number): number
}

/** What a character class has for white space. */
const space = String.raw`\t\n\f\r `
/** Characters or attributes: a regular expression notes each repetition, and has room for some millions. */
const mostAtOnce = 1 << 20
const anyOf = (list: readonly string[]) => `(?:${list.join('|')})`

/**
 * Text and plainly written elements: most of a document, and passed over in one go. Whatever it stops at is read by
 * the rules.
 */
const plain = (() => {
  const value = `"[^"]*"|'[^']*'|[^${space}"'=<>]+`
  const attributes = `(?:[${space}]+[^${space}"'<>/=]+(?:=(?:${value}))?)*[${space}]*`
  // All but links tell how to read what follows.
  const name = `(?!${anyOf(names.filter((each) => each !== 'link'))}[${space}/>])[a-z][a-z0-9:-]*`
  const text = `<(${textElements.join('|')})${attributes}>[^<]*</\\1[${space}]*>`
  return new RegExp(`(?:[^<]+|</?${name}${attributes}/?>|${text})*`, 'iy')
})()

/** The beginning of a tag, with its name where that is one of {@link names}. */
const tagStart = new RegExp(`<(/?)(?:(${names.join('|')})(?=[${space}/>])|[a-z][^${space}/>]*)`, 'iy')

// The name may begin with the character that ends it elsewhere, and the document may end within quotes.
const attributeName = `[^${space}/>][^${space}/>=]*`
const attributeValue = `"[^"]*(?:"|$)|'[^']*(?:'|$)|(?=>)|[^${space}"'>][^${space}>]*`
const equals = `[${space}]*=[${space}]*`

/** Attributes that are none of {@link attributeNames}, and what else may stand between two. */
const otherAttributes = new RegExp(
  `(?:[${space}/]+|(?!${anyOf(attributeNames)}[${space}/>=])${attributeName}(?:${equals}(?:${attributeValue}))?){0,${mostAtOnce}}`,
  'iy',
)

const attribute = new RegExp(`(${attributeName})(?:${equals}(${attributeValue}))?`, 'iy')

const endTags = new Map(textElements.map((name) => [name, new RegExp(`</${name}(?=[${space}/>])`, 'gi')]))

/**
 * Calls the visitor for the tags of the document, in order, and never for what is in a comment or a script. Tags
 * without a hint in them are passed over, but for those of {@link names}; what follows the last hint is not read.
 */
export function visitTags(html: string, hints: Hints, visitor: TagVisitor): void {
  for (let at = 0; ;) {
    at = seek(html, '<', behindPlain(html, at, hints.next(at)))
    if (at > hints.last) return
    tagStart.lastIndex = at
    const start = tagStart.exec(html)
    if (!start) {
      at = behindOther(html, at)
      continue
    }
    const attributes: Attribute[] = []
    const hint = hints.next(at)
    at = readAttributes(html, tagStart.lastIndex, attributes)
    // Cut off by the end of the document, it is no tag.
    if (at < 0) return
    const name = start[2]?.toLowerCase() ?? ''
    if (start[1] !== '') {
      if (name !== '') visitor.close(name)
      continue
    }
    if (name !== '' || hint < at) visitor.open(name, attributes)
    // All that follows is text.
    if (name === 'plaintext') return
    if (!endTags.has(name)) continue
    const end = endOfText(html, at, name)
    if (hints.next(at) < end) visitor.text(name, at, end)
    at = end
  }
}

/** Where what is plain ends, or the hint is. */
function behindPlain(html: string, start: number, hint: number): number {
  plain.lastIndex = start
  plain.test(html.slice(0, Math.min(hint, start + mostAtOnce)))
  return Math.max(plain.lastIndex, start)
}

/** Reads what follows a tag's name; the result is where the tag ends, or -1 where the document ends before. */
function readAttributes(html: string, start: number, attributes: Attribute[]): number {
  for (let at = start; ;) {
    otherAttributes.lastIndex = at
    otherAttributes.test(html)
    at = otherAttributes.lastIndex
    if (at === html.length) return -1
    if (html[at] === '>') return at + 1
    attribute.lastIndex = at
    const match = attribute.exec(html)
    if (!match) continue
    at = attribute.lastIndex
    const value = match[2]
    if (value === undefined) continue
    const quote = value.startsWith('"') || value.startsWith("'") ? 1 : 0
    attributes.push({
      name: match[1]!.toLowerCase(),
      start: at - value.length + quote,
      end: at - quote,
      quoted: quote === 1,
    })
  }
}

/** Where a comment ends that begins here, or what browsers take for one; or behind a mere `<`. */
function behindOther(html: string, start: number): number {
  if (html.startsWith('!--', start + 1)) return endOfComment(html, start + 4)
  return /[!?/]/.test(html.charAt(start + 1)) ? seek(html, '>', start + 2) + 1 : start + 1
}

/** Where the end tag of such an element begins, or the document ends. */
function endOfText(html: string, start: number, name: string): number {
  if (name === 'script') return endOfScript(html, start)
  const endTag = endTags.get(name)!
  endTag.lastIndex = start
  return endTag.exec(html)?.index ?? html.length
}

/** A script that has opened a comment, and a script inside, is not over before that one or the comment is. */
function endOfScript(html: string, start: number): number {
  const mark = /<!--|-->|<(\/?)script(?=[\t\n\f\r />])/gi
  mark.lastIndex = start
  let inside: 'comment' | 'script' | undefined
  for (let match = mark.exec(html); match; match = mark.exec(html)) {
    const [text, slash] = match
    if (text === '-->') inside = undefined
    else if (text === '<!--') {
      inside ??= 'comment'
      // Its dashes may be those that end it.
      mark.lastIndex -= 2
    } else if (slash === '') inside &&= 'script'
    else if (inside === 'script') inside = 'comment'
    else return match.index
  }
  return html.length
}

/** Where a comment ends whose content begins here: `<!-->` and `<!--->` are over at once. */
function endOfComment(html: string, start: number): number {
  if (html.startsWith('>', start)) return start + 1
  if (html.startsWith('->', start)) return start + 2
  const end = /--!?>/g
  end.lastIndex = start
  return end.test(html) ? end.lastIndex : html.length
}

/** Where a character is next, or the document ends. */
function seek(html: string, character: string, from: number): number {
  const at = html.indexOf(character, from)
  return at < 0 ? html.length : at
}
