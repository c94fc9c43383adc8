import { encodeKey } from '../../keys.ts'

/**
 * Every URL under which a visitor may have asked for a file: a page with and without the slash at its end, and under
 * the name of its file. A link may spell a character encoded or not, and a cache may hold both.
 * @param root The address of the site, ending in `/`
 */
export function urlsOf(root: string, key: string): string[] {
  const urls = new Set<string>()
  for (const path of pathsOf(key)) {
    urls.add(root + encodeKey(path))
    // As a browser sends what a link has unencoded.
    if (/[^\w\-./]/.test(path)) urls.add(new URL(root + path.replace(/[%?#]/g, encodeURIComponent)).href)
  }
  // `https://www.example.com/blog` of `https://www.example.com/blog/`
  if (key === 'index.html' && new URL(root).pathname !== '/') urls.add(root.slice(0, -1))
  return [...urls]
}

function pathsOf(key: string): string[] {
  const folder = /^(|.*\/)index\.html$/.exec(key)?.[1]
  if (folder !== undefined) return folder === '' ? [key, ''] : [key, folder, folder.slice(0, -1)]
  const page = /^(.*[^/])\.html$/.exec(key)?.[1]
  return page === undefined ? [key] : [key, page]
}

/** The path of a URL as providers take it: their wildcard `*` is encoded. */
export const pathOf = (url: string): string => new URL(url).pathname.replaceAll('*', '%2A')
