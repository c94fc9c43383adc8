import picomatch from 'picomatch'

/** Makes a function that says whether a pattern matches a key. A leading `/` and leading dots are ignored. */
export function matching(patterns: string | readonly string[]): (key: string) => boolean {
  return picomatch(
    [patterns].flat().map((pattern) => pattern.replace(/^\//, '')),
    { dot: true },
  )
}
