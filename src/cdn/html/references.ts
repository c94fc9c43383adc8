/** A text whose character references are resolved, with where each of its characters was. */
export interface Resolved {
  text: string
  /** Where the characters of `text` were in the original, and where that ended; none where it had no references. */
  at?: readonly number[]
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/**
 * Resolves the character references of an attribute's value, whose characters stand for the bytes of UTF-8.
 * Of those with a name only the ones that a URL or CSS is ever escaped with; nothing where there is another.
 */
export function resolveReferences(raw: string): Resolved | undefined {
  if (!raw.includes('&')) return { text: raw }
  let text = ''
  const at: number[] = []
  const references = /&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w+));?/gi
  let from = 0
  const copyTo = (end: number) => {
    for (; from < end; from++) at.push(from)
  }
  for (let match = references.exec(raw); match; match = references.exec(raw)) {
    const [whole, hex, decimal, name] = match
    // Without its semicolon a name is mostly a parameter of a query: `?a=1&copy=2`.
    if (name !== undefined && !whole.endsWith(';')) continue
    const character = name === undefined ? fromCode(hex, decimal) : named[name]
    if (character === undefined) return undefined
    text += raw.slice(from, match.index)
    copyTo(match.index)
    for (const byte of character) {
      text += byte
      at.push(match.index)
    }
    from = match.index + whole.length
  }
  text += raw.slice(from)
  copyTo(raw.length)
  return { text, at: [...at, raw.length] }
}

function fromCode(hex: string | undefined, decimal: string | undefined): string | undefined {
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  return code > 0x10ffff ? undefined : Buffer.from(String.fromCodePoint(code)).toString('latin1')
}
