import picomatch from 'picomatch'

/**
 * Makes a function that tells whether one of the patterns matches a URL: the whole of it (`/docs/#team`), its path, or
 * its fragment (`#team`). A path may be named with `base` or without.
 */
export function urlMatcher(patterns: readonly string[], base: string): (url: string) => boolean {
  if (patterns.length === 0) return () => false
  const isMatch = picomatch([...patterns], { dot: true })
  return (url) => {
    const hash = url.indexOf('#')
    const parts = hash < 0 ? [url] : [url, url.slice(0, hash), url.slice(hash)]
    return parts.some((part) => isMatch(decoded(part)) || isMatch(decoded(withoutBase(part, base))))
  }
}

const withoutBase = (url: string, base: string) => (url.startsWith(base) ? `/${url.slice(base.length)}` : url)

function decoded(url: string): string {
  try {
    return decodeURI(url)
  } catch {
    return url
  }
}
