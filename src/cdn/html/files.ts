/** The files of a site that can have a tag, and where they are. */
export interface TaggedFiles {
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

/** Finds the tag of the file that a URL names, if it names one of the site's. */
export class FileTags {
  readonly #files: TaggedFiles
  /** The tags by plain URL: to resolve a URL costs more than to read the rest of the page. */
  readonly #plain = new Map<string, string>()

  constructor(files: TaggedFiles) {
    this.#files = files
    for (const [key, tag] of files.tags) if (isPlain(files.base + key)) this.#plain.set(files.base + key, tag)
  }

  /** @param url Its characters stand for the bytes of UTF-8 */
  of(url: string, { page, base }: Here): string | undefined {
    if (base === undefined) {
      const tag = this.#plain.get(url)
      if (tag !== undefined || isPlain(url)) return tag
    }
    return /^\s*(?:#|data:|$)/i.test(url) ? undefined : this.#resolve(url, base?.href ?? page())
  }

  #resolve(url: string, here: string): string | undefined {
    const { base, hosts, tags } = this.#files
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
