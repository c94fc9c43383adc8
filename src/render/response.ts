import { contentTypeOf, htmlType } from '../content-type.ts'
import type { ManifestFile } from '../manifest.ts'
import { Refusal } from './page-error.ts'

/** The headers that a storage can keep with an object. */
const kept = ['content-type', 'cache-control', 'content-language', 'content-disposition', 'x-robots-tag']

/** What becomes of a response, but for its body. */
export interface Answer {
  headers: ManifestFile['headers']
  redirect?: ManifestFile['redirect']
  warnings: string[]
}

/**
 * Reads the status and headers of a page's response. Throws an error that says why it is not accepted.
 * @param key The page's file, whose extension gives the content type where the response has none
 */
export function readAnswer(
  response: Response,
  accepted: readonly number[],
  key: string,
  origin: string,
): Answer {
  const { status } = response
  const location = response.headers.get('location')
  if (!accepted.includes(status)) {
    const towards = location === null ? '' : `, a redirect to \`${location}\``
    throw new Refusal(
      `it answered ${status}${towards}, where ${accepted.join(' or ')} was expected`,
      status >= 500,
    )
  }
  const headers: Record<string, string> = {}
  for (const name of kept) {
    const value = response.headers.get(name)
    if (value !== null) headers[name] = value
  }
  headers['content-type'] ??= contentTypeOf(key, htmlType)
  const warnings = warningsOf(response.headers)
  if (status < 300 || status >= 400) return { headers, warnings }
  if (location === null) throw new Refusal(`it answered ${status} without a \`location\``)
  return {
    headers: { 'content-type': htmlType },
    redirect: { to: sameOrigin(location, origin), status },
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
  return warnings
}

/** A location on the app's own origin is kept as a path, so that the site works under any host. */
function sameOrigin(location: string, origin: string): string {
  if (!URL.canParse(location, origin))
    throw new Refusal(`it redirects to \`${location}\`, which is not a URL`)
  const url = new URL(location, origin)
  if (!/^https?:$/.test(url.protocol))
    throw new Refusal(`it redirects to \`${location}\`, which is no web address`)
  return url.origin === origin && !location.startsWith('.') ? url.pathname + url.search + url.hash : location
}
