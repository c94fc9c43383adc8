/** Lets work run while the permits that it takes are free. First come, first served. */
export class Semaphore {
  limit: number
  #taken = 0
  readonly #waiting: { permits: number; enter: () => void }[] = []

  constructor(limit: number) {
    this.limit = limit
  }

  /** Whether all permits are taken. */
  get isFull(): boolean {
    return this.#taken >= this.limit
  }

  /** Runs `work` once its permits are free. Work that takes more permits than the limit runs alone. */
  async use<T>(permits: number, work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0 || !this.#fits(permits))
      await new Promise<void>((enter) => this.#waiting.push({ permits, enter }))
    else this.#taken += permits
    try {
      return await work()
    } finally {
      this.#taken -= permits
      this.#admit()
    }
  }

  #fits(permits: number): boolean {
    return this.#taken === 0 || this.#taken + permits <= this.limit
  }

  #admit(): void {
    for (let next; (next = this.#waiting[0]) && this.#fits(next.permits);) {
      this.#waiting.shift()
      this.#taken += next.permits
      next.enter()
    }
  }
}
