/** Where what holds no tags ends: comments, scripts, and other text. */
import { dash, end, endsName, exclamation, greater, less, question, seek, seekEither, slash } from './bytes'
import { script, wordOf } from './names'

/** Where a comment ends that begins here, or what browsers take for one; or behind a mere `<`. */
export function behindOther(at: usize): usize {
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
export function endOfText(at: usize, start: usize, behind: usize): usize {
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
export function endOfScript(at: usize): usize {
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
