import { encodeKey } from '../../keys.ts'
import type { ManifestFile } from '../../manifest.ts'

/** Other keys that a host answers with a file: `about/` for `about/index.html`, `about` for `about.html`. */
export function pathsOf(key: string): string[] {
  const index = /^(|.*\/)index\.html$/.exec(key)
  if (index) return [index[1]!]
  const page = /^(.+)\.html$/.exec(key)
  return page ? [page[1]!, key] : [key]
}

/** The paths that lead to a redirect: also `old` for `old/index.html`. */
export function redirectPaths(key: string): string[] {
  const paths = pathsOf(key)
  return paths[0]!.endsWith('/') ? [paths[0]!.slice(0, -1), ...paths] : paths
}

/** A path as a URL's, percent-encoded, and with no character that is a placeholder in `_headers` and `_redirects`. */
export const urlPath = (base: string, path: string): string => escaped(base) + escaped(encodeKey(path))

/** Where a redirect leads, as a URL of visible ASCII characters: a path that starts with one `/`, or an address. */
export function locationOf({ redirect }: ManifestFile): string {
  const url = redirect!.to.replace(/[^\x21-\x7e]|["'<>\\^`{|}$]/gu, percentEncoded)
  return url.startsWith('//') ? `https:${url}` : url
}

const escaped = (path: string) => path.replace(/[*:]/g, percentEncoded)

export const percentEncoded = (text: string): string =>
  [...new TextEncoder().encode(text)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('')

/** Vite's `base`, decoded: as the path of a file. */
export function decodedBase(base: string): string {
  try {
    return decodeURIComponent(base)
  } catch {
    return base
  }
}
