/**
 * What `cdnStatic()` does to a URL, by values that are known beforehand. The plugin puts this file's text into the
 * module that a browser loads: it imports nothing.
 */

/** Everything that tagging depends on. */
export interface CdnValues {
  /** Vite's `base`. */
  base: string
  /** The name of the query parameter. */
  param: string
  /** What `cdnTag()` gives. */
  tag: string
  /** The tags of single files, by decoded path below `base`. With these, nothing else gets a tag. */
  files?: readonly (readonly [path: string, tag: string])[]
}

export interface Cdn {
  cdnStatic(path: string): string
  cdnTag(): string
}

/** A piece of a URL and what takes its place. */
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

/** Not so: nothing at all, a mere fragment or query, and the URLs that hold their content, such as `data:` and `blob:`. */
const namesFile = (url: string) => !/^\s*(?:$|[#?]|(?!https?:)[a-z][a-z\d+.-]*:)/i.test(url)

function underBase(path: string, base: string): string {
  if (/^\s*(?:https?:|\/\/|\.\.\/)/i.test(path)) return path
  // So that a URL which has been through here stays as it is.
  if (path.startsWith('/') && path.startsWith(base)) return path
  return base + path.replace(/^\.?\/+/, '')
}

/** The path below `base` that a URL names, whatever host it is on; nothing where it cannot be decoded. */
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

/** What gives a URL this tag: its parameters keep their order, its fragment stays last. */
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

/** Makes edits, which are in the order of the text and apart. */
export function apply(text: string, edits: readonly Edit[]): string {
  let result = ''
  let at = 0
  for (const edit of edits) {
    result += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return result + text.slice(at)
}
