/** Tells elements and attributes by their names. */

// Names as numbers: up to eight of their bytes, in lower case.
export const base: u64 = 0x65736162
const iframe: u64 = 0x656d61726669
export const link: u64 = 0x6b6e696c
const noembed: u64 = 0x6465626d656f6e
const noframes: u64 = 0x73656d6172666f6e
/** But for its last `t`. */
export const plaintext: u64 = 0x7865746e69616c70
export const script: u64 = 0x747069726373
export const style: u64 = 0x656c797473
export const template: u64 = 0x6574616c706d6574
const textarea: u64 = 0x6165726174786574
const title: u64 = 0x656c746974
const xmp: u64 = 0x706d78

export const href: u64 = 0x66657268
/** Of `imagesrcset`, and what it ends in. */
const imagesrc: u64 = 0x6372736567616d69
const gesrcset: u64 = 0x7465736372736567
const poster: u64 = 0x726574736f70
export const rel: u64 = 0x6c6572
/** Of `shadowrootmode`, and what it ends in. */
const shadowro: u64 = 0x6f72776f64616873
const rootmode: u64 = 0x65646f6d746f6f72
const src: u64 = 0x637273
const srcset: u64 = 0x746573637273
/** Of `xlink:href`, and what it ends in. */
const xlinkhr: u64 = 0x72683a6b6e696c78
const inkhref: u64 = 0x666572683a6b6e69

export function elementOf(start: usize, behind: usize): u64 {
  const word = wordOf(start, behind)
  if (word == plaintext) return 0
  const isPlaintext =
    behind - start == 9 &&
    wordOf(start, start + 8) == plaintext &&
    (load<u8>(start, 8) | 0x20) == /* t */ 0x74
  return isPlaintext ? plaintext : word
}

/** A name as a number; 0 for one that is longer. */
export function wordOf(start: usize, behind: usize): u64 {
  const length = behind - start
  const bytes = load<u64>(start) | 0x2020202020202020
  return length < 8 ? bytes & (((<u64>1) << (length << 3)) - 1) : length == 8 ? bytes : 0
}

/** Whether an element with these first letters may be one of those with a name above, but for links. */
export function tellsSomething(letters: u32): bool {
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

/** Whether what such an element has in it is text up to its end tag, whatever that looks like. */
export function holdsText(element: u64): bool {
  return (
    element == iframe ||
    element == noembed ||
    element == noframes ||
    element == textarea ||
    element == title ||
    element == xmp
  )
}

export function namesUrl(start: usize, behind: usize): bool {
  const word = wordOf(start, behind)
  return word == src || word == href || word == poster || isLong(start, behind, xlinkhr, inkhref, 10)
}

export function namesSrcset(start: usize, behind: usize): bool {
  return wordOf(start, behind) == srcset || isLong(start, behind, imagesrc, gesrcset, 11)
}

export function namesShadowRoot(start: usize, behind: usize): bool {
  return isLong(start, behind, shadowro, rootmode, 14)
}

/** Whether a longer name begins and ends like that. */
function isLong(start: usize, behind: usize, begin: u64, finish: u64, length: usize): bool {
  return behind - start == length && wordOf(start, start + 8) == begin && wordOf(behind - 8, behind) == finish
}
