import { type Edit, tagEdits } from '../url.ts'

/** Everything that tagging HTML depends on: the files of a site that can have a tag, and where they are. */
export interface Tagging {
  /** The name of the query parameter. */
  param: string
  /** Vite's `base` as a path. */
  base: string
  /** Hosts that the site's files are asked from; any other is somebody else's. */
  hosts: readonly string[]
  /** The tags by key. */
  tags: ReadonlyMap<string, string>
}

/** Where a document's relative URLs begin. */
export interface Here {
  /** The address of the page, on one of the hosts. */
  page: () => string
  /** What its `<base>` says. */
  base: URL | undefined
}

/** A path from the root with nothing to decode or to resolve in it. */
const isPlain = (url: string) => /^\/(?!\/)[!$'-;=@-Z_a-z~]*$/.test(url) && !url.includes('/.')

const none: readonly Edit[] = []

/** Finds what gives a URL the tag of the file it names, if it names one of the site's. */
export class UrlEdits {
  readonly #tagging: Tagging
  /** What goes behind a plain URL: to resolve one costs more than to read the rest of the page. */
  readonly #queries = new Map<string, string>()

  constructor(tagging: Tagging) {
    this.#tagging = tagging
    const { param, base, tags } = tagging
    for (const [key, tag] of tags) {
      const url = base + key
      if (isPlain(url)) this.#queries.set(url, `?${param}=${tag}`)
    }
  }

  /** What goes behind a URL that is a path from the root, with nothing to resolve in it, and names one of the files. */
  queryOf(url: string): string | undefined {
    return this.#queries.get(url)
  }

  /** @param url Its characters stand for the bytes of UTF-8 */
  of(url: string, { page, base }: Here): readonly Edit[] {
    if (base === undefined) {
      const text = this.#queries.get(url)
      if (text !== undefined) return [{ start: url.length, end: url.length, text }]
      if (isPlain(url)) return none
    }
    const tag = /^\s*(?:#|data:|$)/i.test(url) ? undefined : this.#tagOf(url, base?.href ?? page())
    return tag === undefined ? none : tagEdits(url, this.#tagging.param, tag)
  }

  #tagOf(url: string, here: string): string | undefined {
    const { base, hosts, tags } = this.#tagging
    const text = Buffer.from(url, 'latin1').toString()
    if (!URL.canParse(text, here)) return undefined
    const { protocol, host, pathname } = new URL(text, here)
    if (!/^https?:$/.test(protocol) || !hosts.includes(host) || !pathname.startsWith(base)) return undefined
    try {
      return tags.get(decodeURIComponent(pathname.slice(base.length)))
    } catch {
      return undefined
    }
  }
}
