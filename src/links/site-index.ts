import type { Layout } from '../options.ts'
import { decode } from './resolve.ts'

/** What answers the URLs of a site. */
export interface SiteFiles {
  /** Vite's `base` as a path. */
  base: string
  layout: Layout
  /** A target stores pages under their bare names too. */
  cleanUrls: boolean
  has(key: string): boolean
  /** Where a redirect leads, resolved; undefined for other files. */
  redirectOf(key: string): string | undefined
}

/** What a path leads to. */
export interface Answer {
  key: string
  /** The path to use instead, because this one costs a redirect or is not the page's own. */
  instead: string | undefined
}

/**
 * Finds the file that answers a path, as a static host does.
 * @param path Percent-encoded, with `base`, without query and fragment
 * @returns undefined if nothing does
 */
export function answerTo(
  path: string,
  { base, layout, cleanUrls, has }: Omit<SiteFiles, 'redirectOf'>,
): Answer | undefined {
  if (`${path}/` === base) return has('index.html') ? { key: 'index.html', instead: base } : undefined
  if (!path.startsWith(base)) return undefined
  const name = decode(path.slice(base.length))
  if (name === '' || name.endsWith('/')) {
    const key = `${name}index.html`
    return has(key) ? { key, instead: undefined } : undefined
  }
  const isIndex = /(?:^|\/)index\.html$/.test(name)
  if (has(name)) return { key: name, instead: isIndex ? path.slice(0, -'index.html'.length) : undefined }
  if ((cleanUrls || layout === 'file') && has(`${name}.html`))
    return { key: `${name}.html`, instead: undefined }
  const key = `${name}/index.html`
  return has(key) ? { key, instead: cleanUrls ? undefined : `${path}/` } : undefined
}

/**
 * Finds what is probably meant by a path that leads nowhere: one that differs only by `base`, by folders at its start,
 * by its end, by case or by the form of its letters.
 */
export function createGuess(keys: Iterable<string>, site: SiteFiles): (path: string) => string | undefined {
  const { base } = site
  const byFold = new Map<string, string>()
  for (const key of keys) byFold.set(fold(key), key)
  return (path) => {
    const below = path.startsWith(base) ? path.slice(base.length) : path.slice(1)
    const name = decode(below).replace(/\/$/, '')
    // `/` of a site with a `base` is another site.
    if (name === '' && !path.startsWith(base)) return undefined
    const parts = name.split('/')
    // Relative URLs are often meant to start in a folder above. Beside the site, they are another site's.
    const ends = path.startsWith(base) ? parts.map((_, i) => parts.slice(i).join('/')) : [name]
    // The home page is not what a missing page of a folder means.
    if (ends.length > 1 && ends.at(-1) === 'index.html') ends.pop()
    const names = ends.flatMap((end) =>
      end === '' ? ['index.html'] : [end, `${end}.html`, `${end}/index.html`],
    )
    const found = names.map((one) => byFold.get(fold(one)))
    const key = found.find((one) => one !== undefined)
    return key === undefined ? undefined : pathOf(key, site)
  }
}

const fold = (name: string) => name.normalize('NFC').toLowerCase()

/** The path that links to a file should have. */
function pathOf(key: string, { base, layout }: SiteFiles): string {
  const name = key.replace(/(^|\/)index\.html$/, '$1')
  return encodeURI(base + (layout === 'file' ? name.replace(/\.html$/, '') : name))
}
