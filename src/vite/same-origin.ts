import type { IncomingMessage } from 'node:http'

/**
 * Whether a request comes from a page of the server that it asks, or from the user: a typed address, a bookmark.
 * Browsers say so in `Sec-Fetch-Site`, except to a server without HTTPS that is not on this machine.
 */
export function isSameOrigin({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const { 'sec-fetch-site': site, origin, host } = headers
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
}
