import { createHash } from 'node:crypto'
import { messageOf } from '../../errors.ts'
import { encodeKey } from '../../keys.ts'
import { throwIfAborted } from '../interrupted.ts'
import { retry } from '../retry.ts'

export const defaultVerifyTimeout = 10_000

/** A response of the public address. */
export interface PublicResponse {
  status: number
  /** Of the decoded body, hex. */
  sha256: string
  /** The header `content-type`, unchanged. */
  type: string | undefined
  cacheControl: string | undefined
  location: string | undefined
}

/** The public address did not respond in time. */
export class UnreachableError extends Error {
  constructor(url: string, cause: unknown) {
    super(`${url} does not answer: ${messageOf(innerCause(cause))}`, { cause })
    this.name = 'UnreachableError'
  }
}

/** The message of `fetch` itself is only `fetch failed`. */
const innerCause = (error: unknown) =>
  error instanceof Error && error.cause instanceof Error ? error.cause : error

const busyStatuses = new Set([429, 500, 502, 503, 504])

class BusyError extends Error {
  readonly response: PublicResponse

  constructor(response: PublicResponse) {
    super(`status ${response.status}`)
    this.response = response
  }
}

/** A target as visitors see it: the address at which the site's root is served. */
export class PublicSite {
  /** Ends in `/`, without user name and password. */
  readonly root: string
  requests = 0
  readonly #base: string
  readonly #headers: Record<string, string>
  readonly #signal: AbortSignal | undefined
  readonly #timeout: number

  /**
   * @param base Vite's `base`, which the URLs in the manifest start with. It is the site's root too.
   * @param options `timeout`: how many milliseconds may pass without a response or a part of one
   */
  constructor(
    publicUrl: string,
    base: string,
    { signal, timeout = defaultVerifyTimeout }: { signal?: AbortSignal; timeout?: number } = {},
  ) {
    const url = new URL(publicUrl)
    const { username, password } = url
    url.username = url.password = url.search = url.hash = ''
    this.root = url.href.replace(/\/*$/, '/')
    this.#base = base
    this.#signal = signal
    this.#timeout = timeout
    // `fetch` refuses an address with a password, and a site that is not public yet may have one.
    const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
    this.#headers = username || password ? { authorization: `Basic ${login.toString('base64')}` } : {}
  }

  /** The address of a URL of the manifest. */
  addressOf(url: string): string {
    const path = url.startsWith(this.#base) ? url.slice(this.#base.length) : url
    return this.root + path.replace(/^\//, '')
  }

  /** The address of an object itself: `about/index.html`, not `about/`. */
  addressOfKey(key: string): string {
    return this.root + encodeKey(key)
  }

  /**
   * Fetches an address. Network failures and busy servers are tried again until the timeout.
   * @throws {UnreachableError} where nothing responds
   */
  async fetch(address: string): Promise<PublicResponse> {
    const deadline = Date.now() + this.#timeout
    try {
      return await retry(
        async () => {
          const response = await this.#fetchOnce(address)
          if (busyStatuses.has(response.status)) throw new BusyError(response)
          return response
        },
        // One connection that hangs may take all the time: allow a second attempt.
        (_, attempt) => (attempt === 1 || Date.now() < deadline ? 0 : undefined),
        { signal: this.#signal, longestPause: 2000 },
      )
    } catch (error) {
      throwIfAborted(this.#signal)
      if (error instanceof BusyError) return error.response
      throw new UnreachableError(address, error)
    }
  }

  /** Fetches an address past every cache on the way. */
  fetchFresh(address: string): Promise<PublicResponse> {
    const url = new URL(address)
    url.searchParams.set('vite-distill', crypto.randomUUID())
    return this.fetch(url.href)
  }

  async #fetchOnce(address: string): Promise<PublicResponse> {
    this.requests++
    const controller = new AbortController()
    const seconds = this.#timeout / 1000
    const timer = setTimeout(
      () => controller.abort(new Error(`nothing came for ${seconds} s`)),
      this.#timeout,
    )
    try {
      const response = await fetch(address, {
        redirect: 'manual',
        headers: this.#headers,
        signal: controller.signal,
      })
      const hash = createHash('sha256')
      for await (const chunk of response.body ?? []) {
        hash.update(chunk as Uint8Array)
        // A large file may take longer than the timeout while parts of it arrive.
        timer.refresh()
      }
      return {
        status: response.status,
        sha256: hash.digest('hex'),
        type: response.headers.get('content-type') ?? undefined,
        cacheControl: response.headers.get('cache-control') ?? undefined,
        location: response.headers.get('location') ?? undefined,
      }
    } finally {
      clearTimeout(timer)
    }
  }
}
