import { type UrlSpan, cssUrls, refreshUrl, srcsetUrls, wholeUrl } from './urls.ts'

/** Finds the URLs in a decoded value. */
export type FindUrls = (text: string) => readonly UrlSpan[]

/** On any element, for there are custom elements. */
const onAny = new Map<string, FindUrls>([
  ['href', wholeUrl],
  ['src', wholeUrl],
  ['poster', wholeUrl],
  ['xlink:href', wholeUrl],
  ['srcset', srcsetUrls],
  ['imagesrcset', srcsetUrls],
  ['style', cssUrls],
])

/** By element: the attributes that hold no URL on others. */
const onOne = new Map<string, readonly string[]>([
  ['blockquote', ['cite']],
  ['body', ['background']],
  ['button', ['formaction']],
  ['del', ['cite']],
  ['form', ['action']],
  ['input', ['formaction']],
  ['ins', ['cite']],
  ['object', ['data']],
  ['q', ['cite']],
  ['table', ['background']],
  ['td', ['background']],
  ['th', ['background']],
])

/** How the URLs in an attribute are found; undefined if it holds none. */
export const urlsInAttribute = (element: string, attribute: string): FindUrls | undefined =>
  onAny.get(attribute) ?? (onOne.get(element)?.includes(attribute) ? wholeUrl : undefined)

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
