/** A URL's place in a text. */
export interface Part {
  start: number
  end: number
}

const none: readonly Part[] = []

/** The URL that a text is, without the white space around it. */
export function wholeUrl(text: string): readonly Part[] {
  // What a page has most of are links to pages, which are no files.
  if (text.endsWith('/') && !text.includes('?')) return none
  const start = text.length - text.trimStart().length
  return [{ start, end: Math.max(start, text.trimEnd().length) }]
}

/** The URLs of a `srcset`: each but for the last is followed by a descriptor, a comma, or both. */
export function srcsetUrls(text: string): readonly Part[] {
  const found: Part[] = []
  const candidate = /[\s,]*([^\s,]\S*)/gy
  const descriptors = /[^,()]*(?:\([^)]*\)?[^,()]*)*,?/gy
  for (let match = candidate.exec(text); match; match = candidate.exec(text)) {
    const url = match[1]!
    const bare = url.replace(/,+$/, '')
    const start = candidate.lastIndex - url.length
    found.push({ start, end: start + bare.length })
    if (bare.length < url.length) continue
    descriptors.lastIndex = candidate.lastIndex
    descriptors.exec(text)
    candidate.lastIndex = descriptors.lastIndex
  }
  return found
}

/** The URLs of each `url()` in CSS; none of those in comments and strings, nor what has an escape in it. */
export function cssUrls(text: string): readonly Part[] {
  if (!text.includes('(')) return none
  const token =
    /\/\*[^]*?(?:\*\/|$)|"[^"\\]*(?:\\[^][^"\\]*)*"|'[^'\\]*(?:\\[^][^'\\]*)*'|(?<![\w-])url\(\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)'|([^\s"'()\\]+))\s*\)/dgi
  return Array.from(text.matchAll(token)).flatMap(({ indices }) => {
    const [, double, single, bare] = indices!
    const place = double ?? single ?? bare
    return place ? [{ start: place[0], end: place[1] }] : []
  })
}
