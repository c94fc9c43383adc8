import type { Answer } from './public-site.ts'
import type { SiteFile } from '../site/objects.ts'

/**
 * How an answer of the public address differs from what was published, in words; `undefined` where it
 * doesn't. `keepsHeaders` says whether the storage serves the headers it was given.
 */
export function differenceOf(
  file: SiteFile,
  address: string,
  answer: Answer,
  keepsHeaders: boolean,
): { expected: string; got: string } | undefined {
  if (file.redirect && answer.location !== undefined && isRedirect(answer)) {
    const to = new URL(file.redirect.to, address).href
    const got = new URL(answer.location, address).href
    return got === to ? undefined : { expected: `a redirect to ${to}`, got: `a redirect to ${got}` }
  }
  // A page that tells visitors that nothing is there is itself found, on most storages.
  if (answer.status !== 200 && answer.status !== file.status)
    return { expected: 'status 200', got: `status ${answer.status}${to(answer)}` }
  if (answer.sha256 !== file.sha256)
    return {
      expected: `content ${file.sha256.slice(0, 12)}…`,
      got: `other content (${answer.sha256.slice(0, 12)}…)`,
    }
  if (!keepsHeaders) return undefined
  const { 'content-type': type, 'cache-control': caching } = file.headers
  if (type !== undefined && !isSameType(type, answer.type))
    return { expected: `content type \`${type}\``, got: `\`${answer.type ?? 'none'}\`` }
  if (caching !== undefined && directives(caching) !== directives(answer.cacheControl))
    return { expected: `\`cache-control: ${caching}\``, got: `\`${answer.cacheControl ?? 'none'}\`` }
  return undefined
}

const isRedirect = ({ status }: Answer) => status >= 300 && status < 400
const to = (answer: Answer) =>
  isRedirect(answer) && answer.location !== undefined ? ` to ${answer.location}` : ''

/** A server may add a charset that nobody stored; it may not take one away. */
function isSameType(expected: string, got = ''): boolean {
  const [a, b] = [expected, got].map((type) => type.toLowerCase().replace(/["\s]/g, ''))
  return a === b || (!a!.includes('charset=') && b!.startsWith(`${a};charset=`))
}

/** The directives of a `Cache-Control`, whatever their order and spacing. */
const directives = (caching = '') =>
  caching
    .toLowerCase()
    .split(',')
    .map((directive) => directive.trim())
    .sort()
    .join()
