/**
 * Reads the tags of an HTML document by the rules by which browsers do, as far as something in them may name a file:
 * https://html.spec.whatwg.org/multipage/parsing.html#tokenization
 *
 * This is AssemblyScript, compiled to WebAssembly: V8's regular expressions take twice as long, and JavaScript is over
 * with a site before it is warm. Nothing is allocated. The document stands behind all else in memory, and what is found
 * in it behind that.
 */

const exclamation: u8 = 0x21
const quote: u8 = 0x22
const ampersand: u8 = 0x26
const apostrophe: u8 = 0x27
const dash: u8 = 0x2d
const slash: u8 = 0x2f
const less: u8 = 0x3c
const equals: u8 = 0x3d
const greater: u8 = 0x3e
const question: u8 = 0x3f

// Names as numbers: up to eight of their bytes, in lower case.
const base: u64 = 0x65736162
const iframe: u64 = 0x656d61726669
const link: u64 = 0x6b6e696c
const noembed: u64 = 0x6465626d656f6e
const noframes: u64 = 0x73656d6172666f6e
/** But for its last `t`. */
const plaintext: u64 = 0x7865746e69616c70
const script: u64 = 0x747069726373
const style: u64 = 0x656c797473
const template: u64 = 0x6574616c706d6574
const textarea: u64 = 0x6165726174786574
const title: u64 = 0x656c746974
const xmp: u64 = 0x706d78

const href: u64 = 0x66657268
/** Of `imagesrcset`, and what it ends in. */
const imagesrc: u64 = 0x6372736567616d69
const gesrcset: u64 = 0x7465736372736567
const poster: u64 = 0x726574736f70
const rel: u64 = 0x6c6572
/** Of `shadowrootmode`, and what it ends in. */
const shadowro: u64 = 0x6f72776f64616873
const rootmode: u64 = 0x65646f6d746f6f72
const src: u64 = 0x637273
const srcset: u64 = 0x746573637273
/** Of `xlink:href`, and what it ends in. */
const xlinkhr: u64 = 0x72683a6b6e696c78
const inkhref: u64 = 0x666572683a6b6e69

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

/** Where the table of hints is, which ../hints.ts makes: what a document has wherever it may name a file. */
export const hints: usize = memory.data(96, 16)
/** Where the document is. */
export const document: usize = (__heap_base + 15) & ~15

/** Where the document ends. */
let end: usize = 0
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
  end = document + length
  // Zeros are part of nothing that is looked for: only loops need to look where the document ends.
  v128.store(end, i8x16.splat(0))
  out = records(length)
  let at = document
  for (seekHint(at); hint < end;) {
    at = behindPlain(at, hint)
    if (hint < at) {
      seekHint(at)
      if (hint >= end) break
    }
    if (isLetter(load<u8>(at, 1))) at = readStartTag(at + 1)
    else if (load<u8>(at, 1) == slash && isLetter(load<u8>(at, 2))) at = readEndTag(at + 2)
    else at = behindOther(at)
  }
  return out
}

/**
 * Passes over text, and over tags before the hint that are written as most are and tell nothing about what follows. The
 * result is a `<` that is to be read by the rules, or the first one behind the hint, or the document's end.
 */
function behindPlain(at: usize, before: usize): usize {
  let block = at
  // To find all `<` first lets the processor read several tags at a time: none waits for where another ends.
  let opens = opensIn64(block)
  let last = at
  let lastEnd = at
  while (true) {
    while (opens == 0) {
      block += 64
      if (block >= before) return seek(block, less)
      opens = opensIn64(block)
    }
    at = block + <usize>ctz(opens)
    opens &= opens - 1
    if (at < lastEnd) return last
    if (at >= before) return min(at, end)
    const first = load<u32>(at, 1) | 0x20202020
    const close = ctz(found(at + 1, greater))
    if (isLetter(<u8>first)) {
      // None of the names below is shorter.
      if (close > 2 && tellsSomething(first)) return at
    } else if (<u8>first != slash || !isLetter(<u8>(first >> 8)) || <u8>(first >> 8) == <u8>template) {
      return at
    }
    const assignment = ctz(found(at + 1, equals))
    if (close < assignment) {
      lastEnd = at + close + 2
    } else {
      const space = ctz(found(at + 1, 0x20))
      // A name may have a `=` in it.
      if (space >= assignment) return at
      lastEnd = behindPlainAttributes(at + space + 2, before)
    }
    if (lastEnd > before) return at
    last = at
  }
}

/** A bit for each `<` in 64 bytes. */
function opensIn64(at: usize): u64 {
  return (
    <u64>found(at, less) |
    ((<u64>found(at + 16, less)) << 16) |
    ((<u64>found(at + 32, less)) << 32) |
    ((<u64>found(at + 48, less)) << 48)
  )
}

/**
 * Where a tag ends whose attributes are written as most are, from the beginning of one on; beyond that place where it
 * does not end before.
 */
function behindPlainAttributes(at: usize, before: usize): usize {
  while (true) {
    if (load<u8>(at) == greater) return at + 1
    let mark = at
    let marks: i32
    while ((marks = foundEither(mark, greater, equals)) == 0) {
      mark += 16
      if (mark > before) return mark
    }
    mark += ctz(marks)
    if (load<u8>(mark) == greater) return mark + 1
    const previous = load<u8>(mark - 1)
    if (mark == at || previous == slash || isSpace(previous)) return before + 1
    const opening = load<u8>(mark, 1)
    if (opening != quote && opening != apostrophe) return before + 1
    mark += 2
    while ((marks = found(mark, opening)) == 0) {
      mark += 16
      if (mark > before) return mark
    }
    at = mark + ctz(marks) + 1
  }
}

/** Whether an element with these first letters may be one of those with a name above, but for links. */
function tellsSomething(letters: u32): bool {
  return (
    letters == <u32>base ||
    letters == <u32>iframe ||
    letters == <u32>noembed ||
    letters == <u32>noframes ||
    letters == <u32>plaintext ||
    letters == <u32>script ||
    letters == <u32>style ||
    letters == <u32>template ||
    letters == <u32>textarea ||
    letters == <u32>title ||
    (letters & 0xffffff) == <u32>xmp
  )
}

/** The result is where reading goes on. */
function readStartTag(at: usize): usize {
  const behind = behindName(at)
  const element = elementOf(at, behind)
  const tagEnd = readAttributes(behind, element)
  if (tagEnd > end) return end
  switch (element) {
    case script:
      return endOfScript(tagEnd)
    case style: {
      const textEnd = endOfText(tagEnd, at, behind)
      if (hint < textEnd) write(styleText, tagEnd, textEnd, 0)
      return textEnd
    }
    case iframe:
    case noembed:
    case noframes:
    case textarea:
    case title:
    case xmp:
      return endOfText(tagEnd, at, behind)
    // All that follows is text.
    case plaintext:
      return end
    default:
      return tagEnd
  }
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
    } else if (element == template && isLong(shadowro, rootmode, 14)) {
      store<u32>(record, 0, 12)
    } else {
      if (hint < value) seekHint(value)
      if (hint < valueEnd) writeValue(attribute)
    }
  }
  const values = (out - record) / recordBytes - 1
  // Cut off by the end of the document, it is no tag.
  if (at > end || (element == link && values == 0)) out = record
  else if (element == link) store<u32>(record, values, 12)
  return at
}

function writeValue(attribute: u64): void {
  if (attribute == src || attribute == href || attribute == poster || isLong(xlinkhr, inkhref, 10))
    write(urlValue, value, valueEnd, quoted)
  else if (attribute == srcset || isLong(imagesrc, gesrcset, 11)) write(srcsetValue, value, valueEnd, quoted)
  else if (attribute == style) write(styleValue, value, valueEnd, quoted)
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

/** Where a comment ends that begins here, or what browsers take for one; or behind a mere `<`. */
function behindOther(at: usize): usize {
  if (load<u32>(at) == /* <!-- */ 0x2d2d213c) return behindComment(at + 4)
  const next = load<u8>(at, 1)
  if (next != exclamation && next != question && next != slash) return at + 1
  return seek(at + 2, greater) + 1
}

/** Where a comment ends whose content begins here: `<!-->` and `<!--->` are over at once. */
function behindComment(start: usize): usize {
  if (load<u8>(start) == greater) return start + 1
  if (load<u8>(start) == dash && load<u8>(start, 1) == greater) return start + 2
  for (let at = seek(start, greater); at < end; at = seek(at + 1, greater)) {
    const dashes = load<u8>(at - 1) == exclamation ? at - 3 : at - 2
    if (dashes >= start && load<u16>(dashes) == /* -- */ 0x2d2d) return at + 1
  }
  return end
}

/** Where the end tag of such an element begins, or the document ends. */
function endOfText(at: usize, start: usize, behind: usize): usize {
  for (at = seek(at, less); at < end; at = seek(at + 1, less)) {
    if (load<u8>(at, 1) == slash && isNamed(at + 2, start, behind)) return at
  }
  return end
}

/** Whether that name is here, too. */
function isNamed(at: usize, start: usize, behind: usize): bool {
  for (; start < behind; at++, start++) if ((load<u8>(at) | 0x20) != (load<u8>(start) | 0x20)) return false
  return endsName(load<u8>(at))
}

/** A script that has opened a comment, and a script inside, is not over before that one or the comment is. */
function endOfScript(at: usize): usize {
  let inComment = false
  let inScript = false
  while (true) {
    at = inComment ? seekEither(at, less, dash) : seek(at, less)
    if (at >= end) return end
    if (load<u32>(at) == /* <!-- */ 0x2d2d213c) {
      inComment = true
      // Its dashes may be those that end it.
      at += 2
    } else if (load<u8>(at) == dash) {
      if (load<u16>(at, 1) == /* -> */ 0x3e2d) inComment = inScript = false
      at++
    } else if (isScript(at + 1)) {
      inScript = inComment
      at++
    } else {
      if (load<u8>(at, 1) == slash && isScript(at + 2)) {
        if (!inScript) return at
        inScript = false
      }
      at++
    }
  }
}

function isScript(at: usize): bool {
  return wordOf(at, at + 6) == script && endsName(load<u8>(at, 6))
}

function elementOf(start: usize, behind: usize): u64 {
  const word = wordOf(start, behind)
  if (word == plaintext) return 0
  const isPlaintext =
    behind - start == 9 &&
    wordOf(start, start + 8) == plaintext &&
    (load<u8>(start, 8) | 0x20) == /* t */ 0x74
  return isPlaintext ? plaintext : word
}

/** A name as a number; 0 for one that is longer. */
function wordOf(start: usize, behind: usize): u64 {
  const length = behind - start
  const bytes = load<u64>(start) | 0x2020202020202020
  return length < 8 ? bytes & (((<u64>1) << (length << 3)) - 1) : length == 8 ? bytes : 0
}

/** Whether the attribute has a longer name, which begins and ends like that. */
function isLong(begin: u64, finish: u64, length: usize): bool {
  return nameEnd - name == length && wordOf(name, name + 8) == begin && wordOf(nameEnd - 8, nameEnd) == finish
}

function behindName(at: usize): usize {
  while (at < end && !endsName(load<u8>(at))) at++
  return at
}

function behindSpace(at: usize): usize {
  while (isSpace(load<u8>(at))) at++
  return at
}

function endsName(byte: u8): bool {
  // Most are letters, and these are above.
  return byte <= greater && (byte == greater || byte == slash || isSpace(byte))
}

function isSpace(byte: u8): bool {
  return byte == 0x20 || (byte >= /* \t */ 0x09 && byte <= /* \r */ 0x0d && byte != /* \v */ 0x0b)
}

function isLetter(byte: u8): bool {
  return <u8>((byte | 0x20) - 0x61) < 26
}

/** A bit for each such byte in 16 bytes. */
function found(at: usize, byte: u8): i32 {
  return i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(byte)))
}

function foundEither(at: usize, one: u8, other: u8): i32 {
  const bytes = v128.load(at)
  return i8x16.bitmask(v128.or(i8x16.eq(bytes, i8x16.splat(one)), i8x16.eq(bytes, i8x16.splat(other))))
}

/** Where that byte is next, or the document ends. */
function seek(at: usize, byte: u8): usize {
  for (; at < end; at += 16) {
    const places = found(at, byte)
    if (places != 0) return min(at + ctz(places), end)
  }
  return end
}

function seekEither(at: usize, one: u8, other: u8): usize {
  for (; at < end; at += 16) {
    const places = foundEither(at, one, other)
    if (places != 0) return min(at + ctz(places), end)
  }
  return end
}

/** Finds the first hint from there on. */
function seekHint(at: usize): void {
  const low = v128.load(hints)
  const high = v128.load(hints, 16)
  for (; at < end; at += 16) {
    const bytes = v128.load(at)
    const first = v128.and(
      i8x16.swizzle(low, v128.and(bytes, i8x16.splat(15))),
      i8x16.swizzle(high, i8x16.shr_u(bytes, 4)),
    )
    for (let left = i8x16.bitmask(i8x16.ne(first, i8x16.splat(0))); left != 0; left &= left - 1) {
      const place = at + ctz(left)
      if (isHint(place)) {
        hint = place
        return
      }
    }
  }
  hint = end
}

function isHint(at: usize): bool {
  if ((groupsOf(at, 0) & groupsOf(at, 1) & groupsOf(at, 2)) == 0) return false
  if (load<u8>(at) != ampersand) return true
  // A text has most of its numeric references for quotes: 34; 39; x22; x27;
  const reference = load<u32>(at, 2)
  const decimal = reference & 0xffffff
  const hex = reference | 0x20
  return decimal != 0x3b3433 && decimal != 0x3b3933 && hex != 0x3b323278 && hex != 0x3b373278
}

/** The groups of hints that may have the byte there in that place. */
function groupsOf(at: usize, place: usize): u8 {
  const byte = <usize>load<u8>(at + place)
  const sets = hints + (place << 5)
  return load<u8>(sets + (byte & 15)) & load<u8>(sets + (byte >> 4), 16)
}

function write(kind: u32, start: usize, behind: usize, more: u32): void {
  if (out + recordBytes > (<usize>memory.size()) << 16 && memory.grow(16) < 0) unreachable()
  store<u32>(out, kind)
  store<u32>(out, start - document, 4)
  store<u32>(out, behind - document, 8)
  store<u32>(out, more, 12)
  out += recordBytes
}
