/**
 * Adds tags to URLs. This file imports nothing, because the plugin puts its text into the module that a browser loads.
 */

/** What `cdnStatic()` and `cdnTag()` need to know of a build. */
export interface CdnValues {
  /** Vite's `base`. */
  base: string
  /** The name of the query parameter. */
  param: string
  /** The tag of the site, which `cdnTag()` returns. */
  tag: string
  /** The tags of single files, by their decoded path below `base`. If given, no other URL gets a tag. */
  files?: readonly (readonly [path: string, tag: string])[]
}

export interface Cdn {
  cdnStatic(path: string): string
  cdnTag(): string
}

/** Replaces the part of a text from `start` to `end` with `text`. */
export interface Edit {
  start: number
  end: number
  text: string
}

export function createCdn({ base, param, tag, files }: CdnValues): Cdn {
  const tags = files && new Map(files)
  return {
    cdnTag: () => tag,
    cdnStatic(path) {
      if (!namesFile(path)) return path
      const url = underBase(path, base)
      const own = tags ? tags.get(keyOf(url, base) ?? '') : tag
      return own === undefined ? url : apply(url, tagEdits(url, param, own))
    },
  }
}

/** False for an empty string, a mere fragment or query, and schemes other than HTTP, such as `data:` and `blob:`. */
const namesFile = (url: string) => !/^\s*(?:$|[#?]|(?!https?:)[a-z][a-z\d+.-]*:)/i.test(url)

function underBase(path: string, base: string): string {
  if (/^\s*(?:https?:|\/\/|\.\.\/)/i.test(path)) return path
  // The path has the base already, as has everything that `cdnStatic()` returned.
  if (path.startsWith('/') && path.startsWith(base)) return path
  return base + path.replace(/^\.?\/+/, '')
}

/** The decoded path of a URL below `base`, on any host; undefined if it cannot be decoded. */
function keyOf(url: string, base: string): string | undefined {
  try {
    const here = 'http://localhost'
    const root = new URL(base, here).pathname
    const { pathname } = new URL(url, here)
    return decodeURIComponent(pathname.slice(pathname.startsWith(root) ? root.length : 1))
  } catch {
    return undefined
  }
}

/** The edits that give a URL this tag. Its parameters keep their order and its fragment stays last. */
export function tagEdits(url: string, param: string, tag: string): Edit[] {
  const text = `${param}=${tag}`
  const hash = url.indexOf('#')
  const end = hash < 0 ? url.length : hash
  const question = url.slice(0, end).indexOf('?')
  if (question < 0) return [{ start: end, end, text: `?${text}` }]
  const edits: Edit[] = []
  let start = question + 1
  for (const part of url.slice(start, end).split('&')) {
    if (nameOf(part) === param) edits.push({ start, end: start + part.length, text })
    start += part.length + 1
  }
  if (edits.length > 0) return edits
  return [{ start: end, end, text: /[?&]/.test(url[end - 1]!) ? text : `&${text}` }]
}

function nameOf(part: string): string {
  const name = part.split('=', 1)[0]!
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** Applies edits that are in the order of the text and do not overlap. */
export function apply(text: string, edits: readonly Edit[]): string {
  let result = ''
  let at = 0
  for (const edit of edits) {
    result += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return result + text.slice(at)
}
