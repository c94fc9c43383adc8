import { retryAfterOf } from '../../backends/http.ts'
import { messageOf } from '../../errors.ts'

/** What an address has answered. */
export interface Answer {
  /** Undefined if it did not answer. */
  status?: number | undefined
  /** The address that it redirects to. */
  location?: string | undefined
  /** Why it did not answer. */
  error?: string | undefined
}

export interface Reply extends Answer {
  /** The milliseconds that the server asks to wait before the next request. */
  retryAfter?: number | undefined
}

/**
 * Asks an address without redirects being followed: HEAD, then GET where HEAD has not succeeded, because servers refuse
 * it in many ways. No cookies and no credentials are sent. It never rejects.
 * @param timeout Milliseconds until the headers must be there, of each request
 */
export async function ask(address: string, timeout: number): Promise<Reply> {
  const head = await request(address, 'HEAD', timeout)
  const { status = 0, retryAfter } = head
  const isFinal = (status > 0 && status < 400) || status === 429 || retryAfter !== undefined
  return isFinal ? head : request(address, 'GET', timeout)
}

async function request(address: string, method: 'HEAD' | 'GET', timeout: number): Promise<Reply> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new Error(`nothing came for ${timeout / 1000} s`)), timeout)
  try {
    const response = await fetch(address, {
      method,
      redirect: 'manual',
      headers: { 'user-agent': 'vite-distill' },
      signal: controller.signal,
    })
    await response.body?.cancel()
    const { status, headers } = response
    const isBusy = status === 429 || status === 503
    return {
      status,
      location: status >= 300 && status < 400 ? locationOf(headers, address) : undefined,
      retryAfter: isBusy ? waitOf(headers.get('retry-after')) : undefined,
    }
  } catch (error) {
    // The message of `fetch` itself is only `fetch failed`.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return { error: messageOf(cause) || (cause as NodeJS.ErrnoException).code || 'no answer' }
  } finally {
    clearTimeout(timer)
  }
}

function locationOf(headers: Headers, address: string): string | undefined {
  // Headers are read as Latin-1, and servers send UTF-8.
  const location = Buffer.from(headers.get('location') ?? '', 'latin1').toString()
  return location === '' ? undefined : addressOf(location, address)
}

/** A URL as it is asked for: without fragment, user name and password. Undefined if it is not valid. */
export function addressOf(url: string, from?: string): string | undefined {
  if (!URL.canParse(url, from)) return undefined
  const address = new URL(url, from)
  address.hash = address.username = address.password = ''
  return address.href
}

/** `Retry-After` is a number of seconds, or a date. */
function waitOf(header: string | null): number | undefined {
  const date = Date.parse(header ?? '')
  return retryAfterOf(header) ?? (Number.isNaN(date) ? undefined : Math.max(0, date - Date.now()))
}
