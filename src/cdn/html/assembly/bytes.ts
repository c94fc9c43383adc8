/** Finds bytes in the document, sixteen at a time. */

export const exclamation: u8 = 0x21
export const quote: u8 = 0x22
export const ampersand: u8 = 0x26
export const apostrophe: u8 = 0x27
export const dash: u8 = 0x2d
export const slash: u8 = 0x2f
export const less: u8 = 0x3c
export const equals: u8 = 0x3d
export const greater: u8 = 0x3e
export const question: u8 = 0x3f

/** Where the document is: behind all else in memory. */
export const document: usize = (__heap_base + 15) & ~15

/** Where the document ends. */
export let end: usize = 0

/** Says how many bytes the document has; 80 more are looked at. */
export function setLength(length: usize): void {
  end = document + length
  // Zeros are part of nothing that is looked for: only loops need to look where the document ends.
  v128.store(end, i8x16.splat(0))
}

export function behindName(at: usize): usize {
  while (at < end && !endsName(load<u8>(at))) at++
  return at
}

export function behindSpace(at: usize): usize {
  while (isSpace(load<u8>(at))) at++
  return at
}

export function endsName(byte: u8): bool {
  // Most are letters, and these are above.
  return byte <= greater && (byte == greater || byte == slash || isSpace(byte))
}

export function isSpace(byte: u8): bool {
  return byte == 0x20 || (byte >= /* \t */ 0x09 && byte <= /* \r */ 0x0d && byte != /* \v */ 0x0b)
}

export function isLetter(byte: u8): bool {
  return <u8>((byte | 0x20) - 0x61) < 26
}

/** A bit for each such byte in 16 bytes. */
export function found(at: usize, byte: u8): i32 {
  return i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(byte)))
}

export function foundEither(at: usize, one: u8, other: u8): i32 {
  const bytes = v128.load(at)
  return i8x16.bitmask(v128.or(i8x16.eq(bytes, i8x16.splat(one)), i8x16.eq(bytes, i8x16.splat(other))))
}

/** Where that byte is next, or the document ends. */
export function seek(at: usize, byte: u8): usize {
  for (; at < end; at += 16) {
    const places = found(at, byte)
    if (places != 0) return min(at + ctz(places), end)
  }
  return end
}

export function seekEither(at: usize, one: u8, other: u8): usize {
  for (; at < end; at += 16) {
    const places = foundEither(at, one, other)
    if (places != 0) return min(at + ctz(places), end)
  }
  return end
}
