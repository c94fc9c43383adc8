/** A URL's place in a text. */
export interface Part {
  start: number
  end: number
}

/** The URL that a text is, without the white space around it. */
export function wholeUrl(text: string): Part[] {
  const start = text.length - text.trimStart().length
  return [{ start, end: Math.max(start, text.trimEnd().length) }]
}

/** The URLs of a `srcset`: each but for the last is followed by a descriptor, a comma, or both. */
export function* srcsetUrls(text: string): Generator<Part, void, undefined> {
  const candidate = /[\s,]*([^\s,]\S*)/gy
  const descriptors = /(?:[^,()]|\([^)]*\)?)*,?/gy
  for (let match = candidate.exec(text); match; match = candidate.exec(text)) {
    const url = match[1]!
    const bare = url.replace(/,+$/, '')
    const start = candidate.lastIndex - url.length
    yield { start, end: start + bare.length }
    if (bare.length < url.length) continue
    descriptors.lastIndex = candidate.lastIndex
    descriptors.exec(text)
    candidate.lastIndex = descriptors.lastIndex
  }
}

/** The URLs of each `url()` in CSS; none of those in comments and strings, nor what has an escape in it. */
export function* cssUrls(text: string): Generator<Part, void, undefined> {
  if (!text.includes('(')) return
  const token =
    /\/\*[^]*?(?:\*\/|$)|"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|(?<![\w-])url\(\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)'|([^\s"'()\\]+))\s*\)/dgi
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const found = match.indices![1] ?? match.indices![2] ?? match.indices![3]
    if (found) yield { start: found[0], end: found[1] }
  }
}
