import { type UrlSpan, cssUrls, refreshUrl, srcsetUrls, wholeUrl } from './urls.ts'

/** Finds the URLs in a decoded value. */
export type FindUrls = (text: string) => readonly UrlSpan[]

/** By attribute: how its URLs are found, and on which elements; on any element if that is not said. */
const attributes = new Map<string, { find: FindUrls; on?: readonly string[] }>([
  ['href', { find: wholeUrl }],
  ['src', { find: wholeUrl }],
  ['poster', { find: wholeUrl }],
  ['xlink:href', { find: wholeUrl }],
  ['srcset', { find: srcsetUrls }],
  ['imagesrcset', { find: srcsetUrls }],
  ['style', { find: cssUrls }],
  ['action', { find: wholeUrl, on: ['form'] }],
  ['background', { find: wholeUrl, on: ['body', 'table', 'td', 'th'] }],
  ['cite', { find: wholeUrl, on: ['blockquote', 'q', 'ins', 'del'] }],
  ['data', { find: wholeUrl, on: ['object'] }],
  ['formaction', { find: wholeUrl, on: ['button', 'input'] }],
])

/** How the URLs in an attribute are found; undefined if it holds none. */
export function urlsInAttribute(element: string, attribute: string): FindUrls | undefined {
  const known = attributes.get(attribute)
  return known && (!known.on || known.on.includes(element)) ? known.find : undefined
}

/** The `property`, `name` or `itemprop` of a `<meta>` whose content is a URL. */
const metaUrl =
  /^(?:og:url|og:(?:image|video|audio)(?::url|:secure_url)?|twitter:(?:image|player)(?::src)?|msapplication-(?:config|TileImage|(?:square|wide)\d+x\d+logo)|image|url|(?:content|thumbnail)Url)$/i

/**
 * How the URLs in the `content` of a `<meta>` are found; undefined if it holds none.
 * @param other Gives the value of another attribute of the element
 */
export function urlsInMeta(other: (attribute: string) => string | undefined): FindUrls | undefined {
  if (other('http-equiv')?.toLowerCase() === 'refresh') return refreshUrl
  return metaUrl.test(other('property') ?? other('name') ?? other('itemprop') ?? '') ? wholeUrl : undefined
}
