import { contentTypeOf, htmlType } from '../content-type.ts'
import type { ManifestFile } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import type { Page } from '../routes/types.ts'
import type { LastResponse } from './messages.ts'
import { PageError } from './page-error.ts'
import { unknownEncoding } from './worker/content-encoding.ts'

/** The headers that the manifest records: those that a storage can keep with an object, and those that only a host sends. */
const keptHeaders = [
  'content-type',
  'cache-control',
  'content-language',
  'content-disposition',
  'x-robots-tag',
  'access-control-allow-origin',
  'content-security-policy',
  'content-security-policy-report-only',
  'cross-origin-embedder-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'link',
  'permissions-policy',
  'referrer-policy',
  'reporting-endpoints',
  'speculation-rules',
  'strict-transport-security',
  'timing-allow-origin',
  'x-content-type-options',
  'x-frame-options',
]

/** A page's response as the manifest records it, without its body. */
export interface PageResponse {
  headers: ManifestFile['headers']
  redirect?: ManifestFile['redirect']
  warnings: string[]
}

/** How the app is asked for pages, and where the site has them. */
export type Addresses = Pick<ResolvedOptions, 'origin' | 'base' | 'requestBase'>

/** The address that the app is asked for. */
export const requestUrl = (url: string, { origin, base, requestBase }: Addresses): string =>
  requestBase ? origin + base + url.slice(1) : origin + url

/**
 * Reads the status and headers of a page's response.
 * @param page The extension of its file gives the content type if the response has none
 * @throws {PageError} that says why the response is not accepted
 */
export function readResponse(
  response: Response,
  accepted: readonly number[],
  { url, key }: Pick<Page, 'url' | 'key'>,
  addresses: Addresses,
): PageResponse {
  const { status } = response
  const location = response.headers.get('location')
  if (!accepted.includes(status)) {
    const target = location === null ? '' : `, a redirect to \`${location}\``
    const hint =
      location !== null && addsBase(location, url, addresses)
        ? ": the app knows Vite's `base`; set the option `requestBase: true`, so that it is asked for pages with it"
        : ''
    throw new PageError(
      `it answered ${status}${target}, where ${accepted.join(' or ')} was expected${hint}`,
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
    redirect: { to: redirectTarget(location, url, addresses), status },
    warnings,
  }
}

/**
 * Whether a 304 says of the page what the last build recorded. It names the `ETag` and has the `Cache-Control` of the
 * page (RFC 9110, 15.4.5), and headers may change without the body; another header need not be there.
 */
export function isUnmodified({ headers }: Response, last: LastResponse): boolean {
  const etag = headers.get('etag')
  if (etag !== null && withoutWeak(etag) !== withoutWeak(last.etag)) return false
  return keptHeaders.every((name) => {
    const value = headers.get(name)
    return value === null ? name !== 'cache-control' || !(name in last.headers) : value === last.headers[name]
  })
}

const withoutWeak = (etag: string) => etag.replace(/^W\//, '')

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

/**
 * Where a `location` leads from any file of the site: a path if that is on the app's own origin, so that the site works
 * under any host, else an address.
 */
function redirectTarget(location: string, url: string, addresses: Addresses): string {
  const { origin, base, requestBase } = addresses
  const asked = requestUrl(url, addresses)
  if (!URL.canParse(location, asked))
    throw new PageError(`it redirects to \`${location}\`, which is not a URL`)
  const to = new URL(location, asked)
  if (!/^https?:$/.test(to.protocol))
    throw new PageError(`it redirects to \`${location}\`, which is not a web address`)
  const hasScheme = /^[a-z][a-z\d+.-]*:/i.test(location)
  if (to.origin !== origin) return hasScheme ? to.href : to.href.slice(to.protocol.length)
  // A path of two slashes at its start would be read as a host.
  const path = to.pathname.replace(/^\/\//, '/.//') + to.search + to.hash
  // A relative one goes with the page, which has `base` in the site. What the app wrote in full stays.
  const isRelative = !hasScheme && !/^[/\\]/.test(location)
  return isRelative && !requestBase ? base.slice(0, -1) + path : path
}

/** Whether a `location` is the page's own URL with `base` in front, which the request for it had not. */
function addsBase(location: string, url: string, { origin, base, requestBase }: Addresses): boolean {
  if (requestBase || base === '/' || !URL.canParse(location, origin + url)) return false
  const to = new URL(location, origin + url)
  const withBase = new URL(base + url.slice(1), origin)
  const withoutSlash = ({ pathname }: URL) => pathname.replace(/\/$/, '')
  return to.origin === origin && withoutSlash(to) === withoutSlash(withBase)
}
