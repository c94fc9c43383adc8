import picomatch from 'picomatch'

/**
 * Matches a URL's path, without slashes at its ends; `index` is the home page, and a name is also a folder. Without
 * globs, everything matches.
 */
export function matcherOf(globs: readonly string[] = []): (url: string) => boolean {
  if (globs.length === 0) return () => true
  const patterns = globs.flatMap((glob) => {
    const pattern = trimSlashes(glob) || 'index'
    return picomatch.scan(pattern).isGlob ? [pattern] : [pattern, `${pattern}/**`]
  })
  const isMatch = picomatch(patterns, { dot: true })
  return (url) => {
    const path = trimSlashes(url) || 'index'
    const decoded = decodePath(path)
    return isMatch(decoded) || patterns.includes(decoded) || patterns.includes(path)
  }
}

const trimSlashes = (path: string) => path.replace(/^\/+|\/+$/g, '')

/** Whole: `decodeURI` would leave `%23` and some others. */
const decodePath = (path: string) => path.split('/').map(decodeURIComponent).join('/')
