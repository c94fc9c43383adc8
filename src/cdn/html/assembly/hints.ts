/** Finds hints: what a document has wherever it may name a file. */
import { ampersand, end } from './bytes'

/** Where the table of hints is, which ../hints.ts makes. */
export const hints: usize = memory.data(96, 16)

/** Where the first hint from there on is; not in the document where there is none. */
export function seekHint(at: usize): usize {
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
      if (isHint(place)) return place
    }
  }
  return end
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
