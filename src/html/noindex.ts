/** Whether the directives of an `X-Robots-Tag`, or of a robots `<meta>`, tell search engines to leave a page out. */
export const isNoindex = (directives: string | undefined): boolean =>
  directives !== undefined && /\b(?:noindex|none)\b/i.test(directives)

/** Whether a robots `<meta>` in the start of a page says so. */
export function hasNoindexElement(html: string): boolean {
  for (const [element] of html.matchAll(/<meta\b[^>]*>/gi)) {
    if (
      /\bname\s*=\s*["']?robots\b/i.test(element) &&
      isNoindex(/\bcontent\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/i.exec(element)?.[1])
    )
      return true
  }
  return false
}
