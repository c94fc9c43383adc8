/** Where a URL is in a text. */
export interface UrlSpan {
  start: number
  end: number
}

const none: readonly UrlSpan[] = []

/** The URL that a text is, without the white space around it. */
export function wholeUrl(text: string): readonly UrlSpan[] {
  const start = text.length - text.trimStart().length
  return [{ start, end: Math.max(start, text.trimEnd().length) }]
}

/** The URLs of a `srcset`. Each but for the last is followed by a descriptor, a comma, or both. */
export function srcsetUrls(text: string): readonly UrlSpan[] {
  const found: UrlSpan[] = []
  const candidate = /[\s,]*([^\s,]\S*)/gy
  const descriptors = /[^,()]*(?:\([^)]*\)?[^,()]*)*,?/gy
  for (let match = candidate.exec(text); match; match = candidate.exec(text)) {
    const start = candidate.lastIndex - match[1]!.length
    let end = candidate.lastIndex
    while (text[end - 1] === ',') end--
    found.push({ start, end })
    if (end < candidate.lastIndex) continue
    descriptors.lastIndex = candidate.lastIndex
    descriptors.exec(text)
    candidate.lastIndex = descriptors.lastIndex
  }
  return found
}

/** The URLs of each `url()` and `@import` in CSS, but for those in comments and strings, and those with an escape. */
export function cssUrls(text: string): readonly UrlSpan[] {
  if (!/[(@]/.test(text)) return none
  const token =
    /@import\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)')|\/\*[^]*?(?:\*\/|$)|"[^"\\]*(?:\\[^][^"\\]*)*"|'[^'\\]*(?:\\[^][^'\\]*)*'|(?<![\w-])url\(\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)'|([^\s"'()\\]+))\s*\)/dgi
  return Array.from(text.matchAll(token)).flatMap(({ indices }) => {
    const place = indices!.slice(1).find((span) => span !== undefined)
    return place ? [{ start: place[0], end: place[1] }] : []
  })
}

/** The URL of a `<meta http-equiv=refresh>`: `5; url=/next/`. */
export function refreshUrl(text: string): readonly UrlSpan[] {
  const refresh = /^\s*[\d.]+[\s;,]+(?:url\s*=\s*)?(?:"([^"]*)|'([^']*)|([^\s"'][^]*))/di.exec(text)
  if (!refresh) return none
  const [, double, single, bare] = refresh.indices!
  const [start, end] = (double ?? single ?? bare)!
  return [{ start, end: start + text.slice(start, end).trimEnd().length }]
}
