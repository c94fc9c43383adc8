import { contentTypeOf, htmlType } from '../content-type.ts'
import type { ManifestFile } from '../manifest.ts'
import { PageError } from './page-error.ts'
import { unknownEncoding } from './worker/content-encoding.ts'

/** The headers that a storage can keep with an object. */
const keptHeaders = [
  'content-type',
  'cache-control',
  'content-language',
  'content-disposition',
  'x-robots-tag',
]

/** A page's response as the manifest records it, without its body. */
export interface PageResponse {
  headers: ManifestFile['headers']
  redirect?: ManifestFile['redirect']
  warnings: string[]
}

/**
 * Reads the status and headers of a page's response.
 * @param key The page's file; its extension gives the content type if the response has none
 * @throws {PageError} that says why the response is not accepted
 */
export function readResponse(
  response: Response,
  accepted: readonly number[],
  key: string,
  origin: string,
): PageResponse {
  const { status } = response
  const location = response.headers.get('location')
  if (!accepted.includes(status)) {
    const target = location === null ? '' : `, a redirect to \`${location}\``
    throw new PageError(
      `it answered ${status}${target}, where ${accepted.join(' or ')} was expected`,
      status >= 500,
    )
  }
  const headers: Record<string, string> = {}
  for (const name of keptHeaders) {
    const value = response.headers.get(name)
    if (value !== null) headers[name] = value
  }
  headers['content-type'] ??= contentTypeOf(key, htmlType)
  const warnings = warningsOf(response.headers)
  if (status < 300 || status >= 400) return { headers, warnings }
  if (location === null) throw new PageError(`it answered ${status} without a \`location\``)
  return {
    headers: { 'content-type': htmlType },
    redirect: { to: relativeToOrigin(location, origin), status },
    warnings,
  }
}

/** Whether a page is HTML, by its headers. */
export const isHtml = (headers: ManifestFile['headers']): boolean =>
  headers['content-type']?.startsWith('text/html') ?? false

function warningsOf(headers: Headers): string[] {
  const warnings: string[] = []
  if (headers.has('set-cookie')) warnings.push('it sets a cookie, which a file cannot do')
  if (/\bprivate\b|\bno-store\b/i.test(headers.get('cache-control') ?? '')) {
    warnings.push(`its \`Cache-Control: ${headers.get('cache-control')}\` says that it is not for everybody`)
  }
  if (/\bcookie\b/i.test(headers.get('vary') ?? ''))
    warnings.push('it varies by cookie, and a file is the same for everybody')
  const encoding = unknownEncoding(headers.get('content-encoding'))
  if (encoding !== undefined) {
    warnings.push(
      `its \`Content-Encoding: ${encoding}\` is unknown: the body is written as it is, without the header`,
    )
  }
  return warnings
}

/** Reduces a location on the app's own origin to its path, so that the site works under any host. */
function relativeToOrigin(location: string, origin: string): string {
  if (!URL.canParse(location, origin))
    throw new PageError(`it redirects to \`${location}\`, which is not a URL`)
  const url = new URL(location, origin)
  if (!/^https?:$/.test(url.protocol))
    throw new PageError(`it redirects to \`${location}\`, which is not a web address`)
  return url.origin === origin && !location.startsWith('.') ? url.pathname + url.search + url.hash : location
}
