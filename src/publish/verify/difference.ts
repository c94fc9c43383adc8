import type { VerifyRule } from '../../target-options.ts'
import type { DesiredObject } from '../site/objects.ts'
import type { PublicResponse } from './get.ts'

export interface Difference {
  /** What differs. */
  in: 'status' | 'content' | 'headers'
  expected: string
  got: string
}

/** What is compared besides the status. */
export type Comparison = Required<VerifyRule>

/** What a target's option `verify` asks for, of a storage that keeps headers or does not. */
export const comparisonOf = (
  { content = 'exact', headers = true }: VerifyRule = {},
  keepsHeaders: boolean,
): Comparison => ({ content, headers: headers && keepsHeaders })

/**
 * The first difference between a response of the public address and what was published, in words; `undefined`
 * where there is none.
 */
export function differenceOf(
  file: DesiredObject,
  address: string,
  response: PublicResponse,
  { content, headers }: Comparison,
): Difference | undefined {
  if (file.redirect && response.location !== undefined && isRedirect(response)) {
    const to = new URL(file.redirect.to, address).href
    const got = new URL(response.location, address).href
    return got === to
      ? undefined
      : { in: 'status', expected: `a redirect to ${to}`, got: `a redirect to ${got}` }
  }
  // Most storages serve the page `404.html` itself with the status 200.
  if (response.status !== 200 && response.status !== file.status)
    return { in: 'status', expected: 'status 200', got: `status ${response.status}${suffix(response)}` }
  if (content === 'exact' && response.sha256 !== file.sha256)
    return {
      in: 'content',
      expected: `content ${file.sha256.slice(0, 12)}…`,
      got: `other content (${response.sha256.slice(0, 12)}…)`,
    }
  if (!headers) return undefined
  const { 'content-type': type, 'cache-control': caching } = file.headers
  if (type !== undefined && !isSameType(type, response.type))
    return { in: 'headers', expected: `content type \`${type}\``, got: `\`${response.type ?? 'none'}\`` }
  if (caching !== undefined && directives(caching) !== directives(response.cacheControl))
    return {
      in: 'headers',
      expected: `\`cache-control: ${caching}\``,
      got: `\`${response.cacheControl ?? 'none'}\``,
    }
  return undefined
}

/** The option that accepts these differences, if there is one. */
export function acceptHint(differences: readonly Difference[]): string[] {
  const differs = new Set(differences.map((difference) => difference.in))
  if (differs.has('status')) return []
  const rules = [
    ...(differs.has('content') ? ["content: 'status'"] : []),
    ...(differs.has('headers') ? ['headers: false'] : []),
  ]
  return [`If a CDN is meant to change them, accept that in the target: \`verify: { ${rules.join(', ')} }\`.`]
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
