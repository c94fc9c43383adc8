/** Where a site is. */
export interface SitePlace {
  /** Vite's `base` as a path. */
  base: string
  /** Scheme and host of the pages. */
  origin: string
  /** More addresses of the site, each the one of its root: those of targets, and of a `base` with a host. */
  addresses: readonly string[]
}

/**
 * Finds where a URL leads, as a browser does: a path for one on the site's own host (`/docs/about/#team`, with `base`,
 * percent-encoded and without its query), a full address for another; undefined for what is no link, such as `mailto:`.
 * @param from The address that it is relative to
 */
export type Resolve = (url: string, from: string) => string | undefined

/** A path with nothing to decode in it, and nothing to resolve but steps up at its start. */
const plainPath = /^(?:\/(?!\/)|(?:\.\.?\/)*(?=[\w.~]))([!$'-;=@-Z_a-z~]*)$/

/**
 * A plain path from the root; undefined for a URL that is none. Resolving URLs costs more than reading the rest of
 * their elements.
 * @param folder That of the page, with a `/` at both ends
 */
function resolvePlain(url: string, folder: string): string | undefined {
  const path = plainPath.exec(url)?.[1]
  if (path === undefined || path.includes('/.') || path.startsWith('.')) return undefined
  if (url.startsWith('/')) return url
  // A scheme ends with a colon.
  if (path.includes(':')) return undefined
  let end = folder.length
  for (let at = 0; at < url.length - path.length; at = url.indexOf('/', at) + 1)
    if (url.startsWith('../', at)) end = folder.lastIndexOf('/', end - 2) + 1 || 1
  return folder.slice(0, end) + path
}

export function createResolver({ base, origin, addresses }: SitePlace): Resolve {
  const roots = [origin + base, ...addresses].map((address) => {
    const { host, pathname } = new URL(address)
    return { host, path: pathname.endsWith('/') ? pathname : `${pathname}/` }
  })
  const { host: ownHost } = new URL(origin)
  const own = `${origin}/`
  /** The page of the last URL, and its folder if it is on the site's own host: a page has many URLs. */
  let last: string | undefined
  let folder: string | undefined

  return (url, from) => {
    if (from !== last) {
      last = from
      folder = from.startsWith(own) ? from.slice(origin.length, from.lastIndexOf('/') + 1) : undefined
    }
    const plain = folder === undefined ? undefined : resolvePlain(url, folder)
    if (plain?.startsWith(base)) return plain
    if (!URL.canParse(url, from)) return invalidAddress(url)
    const { protocol, host, pathname, hash, href } = new URL(url, from)
    if (protocol !== 'http:' && protocol !== 'https:') return undefined
    const root = roots.find((one) => one.host === host && pathname.startsWith(one.path))
    if (root) return base + pathname.slice(root.path.length) + fragmentOf(hash)
    return host === ownHost ? pathname + fragmentOf(hash) : href
  }
}

/** An address that no browser can open, with its scheme. It may be an unknown one. */
function invalidAddress(url: string): string | undefined {
  const text = url.trim()
  if (text.startsWith('//')) return `https:${text}`
  return /^https?:/i.test(text) ? text : undefined
}

/** A fragment as it is compared with ids, with its `#`; empty for the top of a page. */
export function fragmentOf(hash: string): string {
  const directive = hash.indexOf(':~:')
  const fragment = directive < 0 ? hash : hash.slice(0, directive)
  return /^#(?:top)?$/i.test(fragment) ? '' : fragment
}

/** Percent-decodes a text; what cannot be decoded stays as it is. */
export function decode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
