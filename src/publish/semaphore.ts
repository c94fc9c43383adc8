/** A number of places, of which each piece of work takes some for as long as it lasts. First come, first served. */
export class Slots {
  limit: number
  #taken = 0
  readonly #waiting: { places: number; enter: () => void }[] = []

  constructor(limit: number) {
    this.limit = limit
  }

  /** Does `work` once there is room for it. What takes more places than there are has to be alone. */
  async use<T>(places: number, work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0 || !this.#fits(places))
      await new Promise<void>((enter) => this.#waiting.push({ places, enter }))
    else this.#taken += places
    try {
      return await work()
    } finally {
      this.#taken -= places
      this.#admit()
    }
  }

  #fits(places: number): boolean {
    return this.#taken === 0 || this.#taken + places <= this.limit
  }

  #admit(): void {
    for (let next; (next = this.#waiting[0]) && this.#fits(next.places);) {
      this.#waiting.shift()
      this.#taken += next.places
      next.enter()
    }
  }
}
