import picomatch from 'picomatch'

/** Whether a key is one that the patterns match. A leading `/` and a leading dot in a name make no difference. */
export function matching(patterns: string | readonly string[]): (key: string) => boolean {
  return picomatch(
    [patterns].flat().map((pattern) => pattern.replace(/^\//, '')),
    { dot: true },
  )
}
