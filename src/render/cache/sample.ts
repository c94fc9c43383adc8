/** The most pages that an audit renders. */
const maxPages = 100

/** A random sample of items that come one by one, every set of them being as likely: a reservoir (algorithm R). */
export class Sample<T> {
  #seen = 0
  readonly #items: T[] = []

  add(item: T): void {
    this.#seen++
    if (this.#items.length < maxPages) {
      this.#items.push(item)
      return
    }
    const place = Math.floor(Math.random() * this.#seen)
    if (place < maxPages) this.#items[place] = item
  }

  /**
   * A share of all items: at least one, and 100 at most.
   * @param share From 0, which is none, to 1
   */
  take(share: number): T[] {
    const items = [...this.#items]
    const size = Math.min(Math.ceil(this.#seen * share), items.length)
    // A part of the reservoir, chosen at random: the first ones are not.
    for (let i = 0; i < size; i++) {
      const j = i + Math.floor(Math.random() * (items.length - i))
      ;[items[i], items[j]] = [items[j]!, items[i]!]
    }
    return items.slice(0, size)
  }
}
