import { Semaphore } from '../semaphore.ts'

/**
 * Limits how many requests are made at a time. The limit falls to half when the storage throttles, and rises by
 * one after each round of requests that succeed (additive increase, multiplicative decrease).
 */
export class AimdLimiter {
  readonly #max: number
  readonly #semaphore: Semaphore
  /** Counts the decreases. A request that began before the last one says nothing about the new limit. */
  #epoch = 0
  /** The limit before it is rounded down. */
  #exact: number

  constructor(max: number) {
    this.#max = this.#exact = max
    this.#semaphore = new Semaphore(max)
  }

  /** The current limit. */
  get limit(): number {
    return this.#semaphore.limit
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
      if (epoch === this.#epoch) this.#setLimit(this.#exact + 1 / this.#exact)
      return result
    } catch (error) {
      if (isThrottled(error) && epoch === this.#epoch) {
        this.#epoch++
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
