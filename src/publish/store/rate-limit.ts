import { Semaphore } from '../semaphore.ts'

/** The most requests at a time, unless `--concurrency` says otherwise. */
export const defaultConcurrency = 128

/** How many requests a publish makes at a time at first. */
const firstLimit = 32

/**
 * Limits how many requests are made at a time. While nothing throttles, the limit doubles with each round of requests
 * that succeed. When the storage throttles, it falls to half, and from then on rises by one a round (additive increase,
 * multiplicative decrease).
 */
export class AimdLimiter {
  readonly #max: number
  readonly #semaphore: Semaphore
  /** Counts the decreases. A request that began before the last one says nothing about the new limit. */
  #epoch = 0
  /** The limit before it is rounded down. */
  #exact: number
  /** Nothing has throttled yet. */
  #doubles = true
  /** The limit that this one began with. */
  #start: number

  constructor(max: number) {
    this.#max = max
    this.#start = this.#exact = Math.min(max, firstLimit)
    this.#semaphore = new Semaphore(this.#exact)
  }

  /** The current limit. */
  get limit(): number {
    return this.#semaphore.limit
  }

  /** The limit that the storage was found to allow; `undefined` where it is still the first one. */
  get found(): number | undefined {
    return this.limit === this.#start ? undefined : this.limit
  }

  /** Begins with the limit that an earlier publish found. Anything but a whole number from 1 on is ignored. */
  startAt(limit: unknown): void {
    if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1) return
    this.#doubles = limit >= firstLimit
    this.#setLimit(limit)
    this.#start = this.limit
  }

  /** Makes a request when the limit allows it. `isThrottled` says whether its failure asks for fewer requests. */
  use<T>(request: () => Promise<T>, isThrottled: (error: unknown) => boolean): Promise<T> {
    return this.#semaphore.use(1, () => this.observe(request, isThrottled))
  }

  /** Makes a request that is a part of one that the limit allowed, and adapts the limit to how it ends. */
  async observe<T>(request: () => Promise<T>, isThrottled: (error: unknown) => boolean): Promise<T> {
    const epoch = this.#epoch
    try {
      const result = await request()
      // Fewer requests than the limit allows say nothing about it.
      if (epoch === this.#epoch && this.#semaphore.isFull)
        this.#setLimit(this.#exact + (this.#doubles ? 1 : 1 / this.#exact))
      return result
    } catch (error) {
      if (isThrottled(error) && epoch === this.#epoch) {
        this.#epoch++
        this.#doubles = false
        this.#setLimit(this.#exact / 2)
      }
      throw error
    }
  }

  #setLimit(limit: number): void {
    this.#exact = Math.min(Math.max(limit, 1), this.#max)
    this.#semaphore.limit = Math.floor(this.#exact)
  }
}
