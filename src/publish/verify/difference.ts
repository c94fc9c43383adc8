import type { DesiredObject } from '../site/objects.ts'
import type { PublicResponse } from './public-site.ts'

export interface Difference {
  expected: string
  got: string
}

/**
 * The first difference between a response of the public address and what was published, in words; `undefined`
 * where there is none.
 * @param keepsHeaders Whether the storage serves the headers that it was given
 */
export function differenceOf(
  file: DesiredObject,
  address: string,
  response: PublicResponse,
  keepsHeaders: boolean,
): Difference | undefined {
  if (file.redirect && response.location !== undefined && isRedirect(response)) {
    const to = new URL(file.redirect.to, address).href
    const got = new URL(response.location, address).href
    return got === to ? undefined : { expected: `a redirect to ${to}`, got: `a redirect to ${got}` }
  }
  // Most storages serve the page `404.html` itself with the status 200.
  if (response.status !== 200 && response.status !== file.status)
    return { expected: 'status 200', got: `status ${response.status}${suffix(response)}` }
  if (response.sha256 !== file.sha256)
    return {
      expected: `content ${file.sha256.slice(0, 12)}…`,
      got: `other content (${response.sha256.slice(0, 12)}…)`,
    }
  if (!keepsHeaders) return undefined
  const { 'content-type': type, 'cache-control': caching } = file.headers
  if (type !== undefined && !isSameType(type, response.type))
    return { expected: `content type \`${type}\``, got: `\`${response.type ?? 'none'}\`` }
  if (caching !== undefined && directives(caching) !== directives(response.cacheControl))
    return { expected: `\`cache-control: ${caching}\``, got: `\`${response.cacheControl ?? 'none'}\`` }
  return undefined
}

const isRedirect = ({ status }: PublicResponse) => status >= 300 && status < 400
const suffix = (response: PublicResponse) =>
  isRedirect(response) && response.location !== undefined ? ` to ${response.location}` : ''

/** A server may add a charset to a type that was stored without one, and remove none. */
function isSameType(expected: string, got = ''): boolean {
  const [a, b] = [expected, got].map((type) => type.toLowerCase().replace(/["\s]/g, ''))
  return a === b || (!a!.includes('charset=') && b!.startsWith(`${a};charset=`))
}

/** The directives of a `Cache-Control` in one order and spacing. */
const directives = (caching = '') =>
  caching
    .toLowerCase()
    .split(',')
    .map((directive) => directive.trim())
    .sort()
    .join()
