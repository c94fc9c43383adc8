import { DecodingMode, EntityDecoder, htmlDecodeTree } from 'entities/decode'

/** A text whose character references are decoded. */
export interface Decoded {
  text: string
  /** Where each character of `text` was in the original, and where that ended; none if nothing was decoded. */
  at: readonly number[] | undefined
}

/** Decodes the character references of an attribute's value. A character stands for a byte of UTF-8, in and out. */
export function decodeReferences(raw: string): Decoded {
  let reference = raw.indexOf('&')
  if (reference < 0) return { text: raw, at: undefined }
  let text = ''
  const at: number[] = []
  let from = 0
  let next = 0
  const copyTo = (end: number) => {
    text += raw.slice(from, end)
    for (; from < end; from++) at.push(from)
  }
  const decoder = new EntityDecoder(htmlDecodeTree, (codePoint, length) => {
    copyTo(reference)
    const bytes = Buffer.from(String.fromCodePoint(codePoint)).toString('latin1')
    text += bytes
    for (let i = 0; i < bytes.length; i++) at.push(reference)
    next = reference + length
  })
  for (; reference >= 0; reference = raw.indexOf('&', next)) {
    next = reference + 1
    decoder.startEntity(DecodingMode.Attribute)
    if (decoder.write(raw, next) < 0) decoder.end()
    if (next > reference + 1) from = next
  }
  copyTo(raw.length)
  at.push(raw.length)
  return { text, at }
}

/** The Unicode text whose bytes of UTF-8 the characters stand for. */
export const toUnicode = (text: string): string =>
  /[\u0080-\u00ff]/.test(text) ? Buffer.from(text, 'latin1').toString() : text
