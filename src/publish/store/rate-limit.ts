import { Slots } from '../semaphore.ts'

/**
 * How many requests are made at a time: as many as allowed, half as many each time the storage asks to slow
 * down, and then slowly more again.
 */
export class Pace {
  readonly #most: number
  readonly #slots: Slots
  /** Counts the slowings: what began before the last of them tells nothing new. */
  #epoch = 0
  #room: number

  constructor(most: number) {
    this.#most = this.#room = most
    this.#slots = new Slots(most)
  }

  /** How many requests are made at a time now. */
  get limit(): number {
    return this.#slots.limit
  }

  /** Makes a request when there is room; `slow` says of its failure whether it was a plea to slow down. */
  use<T>(request: () => Promise<T>, slow: (error: unknown) => boolean): Promise<T> {
    return this.#slots.use(1, async () => {
      const epoch = this.#epoch
      try {
        const answer = await request()
        // One more for each round of requests that went well.
        if (epoch === this.#epoch) this.#set(this.#room + 1 / this.#room)
        return answer
      } catch (error) {
        if (slow(error) && epoch === this.#epoch) {
          this.#epoch++
          this.#set(this.#room / 2)
        }
        throw error
      }
    })
  }

  #set(room: number): void {
    this.#room = Math.min(Math.max(room, 1), this.#most)
    this.#slots.limit = Math.floor(this.#room)
  }
}
