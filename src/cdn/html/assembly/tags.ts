/**
 * Reads the tags of an HTML document by the rules by which browsers do, as far as something in them may name a file:
 * https://html.spec.whatwg.org/multipage/parsing.html#tokenization
 *
 * This is AssemblyScript, compiled to WebAssembly: V8's regular expressions take twice as long, and JavaScript is over
 * with a site before it is warm. Nothing is allocated. The document stands behind all else in memory, and what is found
 * in it behind that.
 */
import {
  apostrophe,
  behindName,
  behindSpace,
  document,
  end,
  endsName,
  equals,
  greater,
  isLetter,
  isSpace,
  quote,
  seek,
  setLength,
  slash,
} from './bytes'
import { seekHint } from './hints'
import {
  base,
  elementOf,
  holdsText,
  href,
  link,
  namesShadowRoot,
  namesSrcset,
  namesUrl,
  plaintext,
  rel,
  script,
  style,
  template,
  wordOf,
} from './names'
import { behindPlain } from './plain'
import { behindOther, endOfScript, endOfText } from './text'

export { document } from './bytes'
export { hints } from './hints'

// A record of what is found is four numbers, of which the first is one of these; see ../tags.ts.
const urlValue: u32 = 0
const srcsetValue: u32 = 1
const styleValue: u32 = 2
const styleText: u32 = 3
const linkStart: u32 = 4
const baseStart: u32 = 5
const templateStart: u32 = 6
const templateEnd: u32 = 7
const recordBytes: usize = 16

/** Where the next record goes. */
let out: usize = 0
/** The first hint that is not behind us; not in the document where there is none. */
let hint: usize = 0

// The attribute that was read last.
let name: usize = 0
let nameEnd: usize = 0
/** None where this is 0. */
let value: usize = 0
let valueEnd: usize = 0
let quoted: u32 = 0

/** Where the records about a document of that many bytes begin; memory must reach at least that far. */
export function records(length: usize): usize {
  return (document + length + 95) & ~15
}

/** Reads the document, of that many bytes, up to its last hint. The result is where the records end. */
export function read(length: usize): usize {
  setLength(length)
  out = records(length)
  let at = document
  for (hint = seekHint(at); hint < end;) {
    at = behindPlain(at, hint)
    if (hint < at) {
      hint = seekHint(at)
      if (hint >= end) break
    }
    if (isLetter(load<u8>(at, 1))) at = readStartTag(at + 1)
    else if (load<u8>(at, 1) == slash && isLetter(load<u8>(at, 2))) at = readEndTag(at + 2)
    else at = behindOther(at)
  }
  return out
}

/** The result is where reading goes on. */
function readStartTag(at: usize): usize {
  const behind = behindName(at)
  const element = elementOf(at, behind)
  const tagEnd = readAttributes(behind, element)
  if (tagEnd > end) return end
  // All that follows is text.
  if (element == plaintext) return end
  if (element == script) return endOfScript(tagEnd)
  if (holdsText(element)) return endOfText(tagEnd, at, behind)
  if (element != style) return tagEnd
  const textEnd = endOfText(tagEnd, at, behind)
  if (hint < textEnd) write(styleText, tagEnd, textEnd, 0)
  return textEnd
}

/** The result is where reading goes on. */
function readEndTag(at: usize): usize {
  const behind = behindName(at)
  const tagEnd = behindTag(behind)
  if (tagEnd <= end && elementOf(at, behind) == template) write(templateEnd, at, tagEnd, 0)
  return tagEnd
}

/** Records what there is to know of a start tag, from behind its name on. The result is what {@link behindTag} returns. */
function readAttributes(at: usize, element: u64): usize {
  const record = out
  if (element == link) write(linkStart, document, document, 0)
  if (element == template) write(templateStart, document, document, 1)
  for (at = readAttribute(at); value != 0; at = readAttribute(at)) {
    const attribute = wordOf(name, nameEnd)
    if (element == base) {
      if (attribute == href && out == record) write(baseStart, value, valueEnd, 0)
    } else if (element == link && attribute == rel) {
      // What an attribute says the second time does not count.
      if (load<u32>(record, 4) == 0) {
        store<u32>(record, value - document, 4)
        store<u32>(record, valueEnd - document, 8)
      }
    } else if (element == template && namesShadowRoot(name, nameEnd)) {
      store<u32>(record, 0, 12)
    } else {
      if (hint < value) hint = seekHint(value)
      if (hint < valueEnd) writeValue()
    }
  }
  const values = (out - record) / recordBytes - 1
  // Cut off by the end of the document, it is no tag.
  if (at > end || (element == link && values == 0)) out = record
  else if (element == link) store<u32>(record, values, 12)
  return at
}

function writeValue(): void {
  if (namesUrl(name, nameEnd)) write(urlValue, value, valueEnd, quoted)
  else if (namesSrcset(name, nameEnd)) write(srcsetValue, value, valueEnd, quoted)
  else if (wordOf(name, nameEnd) == style) write(styleValue, value, valueEnd, quoted)
}

/** Where a tag ends, from behind its name on; beyond the document where that ends before. */
function behindTag(at: usize): usize {
  do at = readAttribute(at)
  while (value != 0)
  return at
}

/** Reads the next attribute that has a value, or the end of the tag. The result is where that ends. */
function readAttribute(at: usize): usize {
  value = 0
  while (at < end) {
    const first = load<u8>(at)
    name = at++
    if (first == greater) return at
    if (first == slash || isSpace(first)) continue
    // It may begin with the character that ends it elsewhere.
    while (at < end && load<u8>(at) != equals && !endsName(load<u8>(at))) at++
    nameEnd = at
    at = behindSpace(at)
    if (load<u8>(at) != equals) continue
    at = behindSpace(at + 1)
    const opening = load<u8>(at)
    quoted = opening == quote || opening == apostrophe ? 1 : 0
    if (quoted == 1) {
      value = at + 1
      valueEnd = seek(value, opening)
      return valueEnd + 1
    }
    value = at
    while (at < end && load<u8>(at) != greater && !isSpace(load<u8>(at))) at++
    valueEnd = at
    return at
  }
  return end + 1
}

function write(kind: u32, start: usize, behind: usize, more: u32): void {
  if (out + recordBytes > (<usize>memory.size()) << 16 && memory.grow(16) < 0) unreachable()
  store<u32>(out, kind)
  store<u32>(out, start - document, 4)
  store<u32>(out, behind - document, 8)
  store<u32>(out, more, 12)
  out += recordBytes
}
