/** Passes over what is written as most is: most of a document, and nearly for nothing. */
import {
  apostrophe,
  end,
  equals,
  found,
  foundEither,
  greater,
  isLetter,
  isSpace,
  less,
  quote,
  seek,
  slash,
} from './bytes'
import { template, tellsSomething } from './names'

/**
 * Passes over text, and over tags before the hint that are written as most are and tell nothing about what follows. The
 * result is a `<` that is to be read by the rules, or the first one behind the hint, or the document's end.
 */
export function behindPlain(at: usize, before: usize): usize {
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
    // With a `<` in it, the last one is not written as most are.
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
