import { isBackendError, isFailure, type Retry } from '../../backends/backend.ts'
import { ownKeys } from '../../keys.ts'
import { retry } from '../retry.ts'
import { wrapError } from './failure.ts'
import { AimdLimiter } from './rate-limit.ts'

/** Requests made to the storage, by kind. Each attempt counts. */
export interface Requests {
  list: number
  get: number
  put: number
  rewrite: number
  copy: number
  remove: number
}

const maxAttempts = 6
/** A throttled server is alive: allow more attempts. */
const maxAttemptsThrottled = 10
/** A server that never responded probably has a wrong address: fail soon. */
const maxAttemptsUnresponsive = 3

const isThrottled = (error: unknown) => isFailure(error, 'throttled')

/** Makes the requests to one storage: counts them, limits them, repeats those that may succeed, wraps errors. */
export class Requester {
  readonly counts: Requests = { list: 0, get: 0, put: 0, rewrite: 0, copy: 0, remove: 0 }
  readonly limiter: AimdLimiter
  #responded = false
  /** Errors of requests that were repeated until there was no point: the operation around them is not repeated. */
  readonly #final = new WeakSet<Error>()

  constructor(concurrency: number) {
    this.limiter = new AimdLimiter(concurrency)
  }

  /** Makes a request about a key until it succeeds or another attempt cannot help. */
  request<T>(
    kind: keyof Requests,
    key: string | undefined,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    const attempt = () => {
      this.counts[kind]++
      return work()
    }
    // Requests for the lock and the state skip the queue: a lock must be renewed in time.
    const isOwn = key?.startsWith(ownKeys)
    return this.retry(signal, isOwn ? attempt : () => this.limiter.use(attempt, isThrottled))
  }

  /** Makes a request once, at once: neither the limit nor a `Retry-After` delays it. */
  async once<T>(kind: keyof Requests, work: () => Promise<T>): Promise<T> {
    this.counts[kind]++
    try {
      return await this.#attempt(work)
    } catch (error) {
      throw this.wrapError(error)
    }
  }

  /**
   * Makes the requests of one attempt at an operation that takes several, each until it succeeds or another attempt
   * cannot help. The attempt is counted already, and so is the first of its requests.
   */
  requestsOf(kind: keyof Requests, signal: AbortSignal | undefined): Retry {
    let isCounted = true
    return (request) =>
      retry(
        () => {
          if (!isCounted) this.counts[kind]++
          isCounted = false
          return this.limiter.observe(() => this.#attempt(() => request(signal)), isThrottled)
        },
        (error, attempt) => {
          const delay = this.delayFor(error, attempt)
          if (delay === undefined && error instanceof Error) this.#final.add(error)
          return delay
        },
        { signal },
      )
  }

  /** Runs `work`, which makes requests, until it succeeds or another attempt cannot help. */
  async retry<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await retry(
        () => this.#attempt(work),
        (error, attempt) => this.delayFor(error, attempt),
        { signal },
      )
    } catch (error) {
      throw this.wrapError(error)
    }
  }

  /** The least milliseconds to wait before another attempt; `undefined` where another attempt cannot help. */
  delayFor(error: unknown, attempt: number): number | undefined {
    if (!isBackendError(error) || this.#final.has(error)) return undefined
    if (error.kind !== 'unavailable' && error.kind !== 'throttled') return undefined
    const max = !this.#responded
      ? maxAttemptsUnresponsive
      : isThrottled(error)
        ? maxAttemptsThrottled
        : maxAttempts
    return attempt < max ? (error.retryAfter ?? 0) : undefined
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work()
      this.noteResponse()
      return result
    } catch (error) {
      this.noteFailure(error)
      throw error
    }
  }

  noteResponse(): void {
    this.#responded = true
  }

  /** Any failure but `unavailable` is a response of the storage. */
  noteFailure(error: unknown): void {
    if (isBackendError(error) && error.kind !== 'unavailable') this.#responded = true
  }

  wrapError(error: unknown): unknown {
    return wrapError(error, this.#responded)
  }
}
