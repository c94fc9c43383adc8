/** The files of a site that can have a tag, and where they are. */
export interface TaggedFiles {
  /** Vite's `base` as a path. */
  base: string
  /** Hosts that the site's files are asked from; any other is somebody else's. */
  hosts: readonly string[]
  /** The tags by key. */
  tags: ReadonlyMap<string, string>
}

/** A path with nothing to decode in it. */
const plain = /^\/(?!\/)[!$&-;=@-Z_a-z~]*(?=[?#]|$)/

/**
 * The tag of the file that a URL names, if it names one of the site's.
 * @param url Its characters stand for the bytes of UTF-8
 * @param here The address that it is relative to, on one of the hosts or, for a document with a `<base>`, anywhere
 */
export function tagOfUrl(url: string, here: URL, { base, hosts, tags }: TaggedFiles): string | undefined {
  const path = plain.exec(url)?.[0]
  // Most URLs are of this kind, and to resolve one costs more than the rest of all this.
  if (path !== undefined && !path.includes('/.') && hosts.includes(here.host))
    return path.startsWith(base) ? tags.get(path.slice(base.length)) : undefined
  if (/^\s*(?:#|data:|$)/i.test(url)) return undefined
  const text = Buffer.from(url, 'latin1').toString()
  if (!URL.canParse(text, here.href)) return undefined
  const { protocol, host, pathname } = new URL(text, here.href)
  if (!/^https?:$/.test(protocol) || !hosts.includes(host) || !pathname.startsWith(base)) return undefined
  try {
    return tags.get(decodeURIComponent(pathname.slice(base.length)))
  } catch {
    return undefined
  }
}
