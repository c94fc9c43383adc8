import { messageOf } from '../../errors.ts'
import { encodeKey } from '../../keys.ts'
import { throwIfAborted } from '../interrupted.ts'
import { retry, retryAfterOf, wait } from '../retry.ts'
import { AimdLimiter, defaultConcurrency } from '../store/rate-limit.ts'
import { get, type PublicResponse } from './get.ts'

export const defaultVerifyTimeout = 10_000

/** The public address gave no response that could be compared. */
export class NoResponseError extends Error {
  readonly hint: string

  constructor(message: string, hint: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'NoResponseError'
    this.hint = hint
  }
}

const busyStatuses = new Set([429, 500, 502, 503, 504])

class BusyError extends Error {
  readonly response: PublicResponse

  constructor(response: PublicResponse) {
    super(`status ${response.status}`)
    this.response = response
  }
}

/** Where a host has several addresses, the error has only a list of errors. */
function reasonOf(error: unknown): string {
  const inner: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error
  return messageOf(inner)
}

const isThrottled = (error: unknown) => error instanceof BusyError && error.response.status === 429

/** A target as visitors see it: the address at which the site's root is served. */
export class PublicSite {
  /** Ends in `/`, without user name and password. */
  readonly root: string
  requests = 0
  readonly #base: string
  readonly #headers: Record<string, string>
  readonly #signal: AbortSignal | undefined
  readonly #timeout: number
  readonly #limiter: AimdLimiter
  /** When the address last gave a response to compare. By `performance.now()`, as the next one. */
  #respondedAt = 0
  /** The address wants no request before. */
  #pausedUntil = 0

  /**
   * @param base Vite's `base`, which the URLs in the manifest start with. It is the site's root too.
   * @param options `timeout`: how many milliseconds may pass without a response or a part of one; `concurrency`:
   *   the most requests at a time
   */
  constructor(
    publicUrl: string,
    base: string,
    {
      signal,
      timeout = defaultVerifyTimeout,
      concurrency = defaultConcurrency,
    }: { signal?: AbortSignal; timeout?: number; concurrency?: number } = {},
  ) {
    const url = new URL(publicUrl)
    const { username, password } = url
    url.username = url.password = url.search = url.hash = ''
    this.root = url.href.replace(/\/*$/, '/')
    this.#base = base
    this.#signal = signal
    this.#timeout = timeout
    this.#limiter = new AimdLimiter(concurrency)
    // A site that is not public yet may have a password.
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
   * Fetches an address. Network failures and busy servers are tried again until the timeout. While the address
   * limits the rate of requests, the timeout begins again with each response to any of them.
   * @throws {NoResponseError} where nothing responds, or where it refuses requests for longer
   */
  async fetch(address: string): Promise<PublicResponse> {
    const began = performance.now()
    try {
      return await retry(
        () => this.#limiter.use(() => this.#attempt(address, began), isThrottled),
        (error, attempt) => {
          if (error instanceof NoResponseError) return undefined
          const since = isThrottled(error) ? Math.max(began, this.#respondedAt) : began
          // One connection that hangs may take all the time: allow a second attempt.
          return attempt === 1 || performance.now() < since + this.#timeout ? 0 : undefined
        },
        { signal: this.#signal, longestPause: 2000 },
      )
    } catch (error) {
      throwIfAborted(this.#signal)
      if (error instanceof NoResponseError) throw error
      if (!(error instanceof BusyError)) throw this.#unreachable(address, error)
      if (isThrottled(error)) throw this.#refused(address, error.response)
      return error.response
    }
  }

  /**
   * Fetches an address without another attempt.
   * @param signal Ends the request
   * @throws {Error} where it gives no response, or is busy
   */
  fetchOnce(address: string, signal: AbortSignal): Promise<PublicResponse> {
    return this.#limiter.use(() => this.#attempt(address, performance.now(), signal), isThrottled)
  }

  async #attempt(address: string, began: number, signal?: AbortSignal): Promise<PublicResponse> {
    while (performance.now() < this.#pausedUntil)
      await wait(this.#pausedUntil - performance.now(), this.#signal)
    this.requests++
    const response = await get(address, { headers: this.#headers, timeout: this.#timeout, signal })
    const now = performance.now()
    if (!busyStatuses.has(response.status)) {
      this.#respondedAt = now
      return response
    }
    const until = now + (retryAfterOf(response.retryAfter) ?? 0)
    if (until > now) {
      if (until > Math.max(began, this.#respondedAt) + this.#timeout) throw this.#refused(address, response)
      this.#pausedUntil = Math.max(this.#pausedUntil, until)
    }
    throw new BusyError(response)
  }

  #unreachable(address: string, error: unknown): NoResponseError {
    const hint = `Check \`publicUrl\`: the site's root must answer at ${this.root}, with the host and port that visitors use.`
    return new NoResponseError(`${address} does not answer: ${reasonOf(error)}`, hint, error)
  }

  #refused(address: string, { status, retryAfter }: PublicResponse): NoResponseError {
    const wait = retryAfter === undefined ? '' : `, \`Retry-After: ${retryAfter}\``
    return new NoResponseError(
      `${address} accepts no more requests for now: status ${status}${wait}`,
      'Let the server or CDN allow more requests from this machine, make fewer at a time with `--concurrency`, or raise `verifyTimeout` in the target.',
    )
  }

  /** Fetches an address past every cache on the way. */
  fetchFresh(address: string): Promise<PublicResponse> {
    const url = new URL(address)
    url.searchParams.set('vite-distill', crypto.randomUUID())
    return this.fetch(url.href)
  }

  /** Fetches an address that never was one of the site's. */
  fetchUnknown(): Promise<PublicResponse> {
    return this.fetch(`${this.root}vite-distill-${crypto.randomUUID()}/index.html`)
  }
}
