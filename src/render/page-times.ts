import type { Rendered } from './messages.ts'

/** When a page was rendered, how long that took, and by which thread. */
export type PageTime = Required<Pick<Rendered, 'at' | 'ms' | 'thread'>>

const perPage = 3

/** When the pages were rendered, by the number of their line in the manifest: 24 bytes for each line. */
export class PageTimes {
  /** How many threads rendered. */
  threads = 0
  /** For each line: `at`, `ms` and `thread`. Without a page that was rendered here, `at` is 0. */
  #values = new Float64Array(1024 * perPage)

  add(number: number, { at, ms, thread }: Pick<Rendered, 'at' | 'ms' | 'thread'>): void {
    // A page of a shard was rendered elsewhere.
    if (at === undefined || thread === undefined) return
    const start = number * perPage
    if (start >= this.#values.length) {
      const more = new Float64Array(Math.max(2 * this.#values.length, start + perPage))
      more.set(this.#values)
      this.#values = more
    }
    this.#values[start] = at
    this.#values[start + 1] = ms
    this.#values[start + 2] = thread
    this.threads = Math.max(this.threads, thread + 1)
  }

  of(number: number): PageTime | undefined {
    const start = number * perPage
    const at = this.#values[start]
    return at ? { at, ms: this.#values[start + 1]!, thread: this.#values[start + 2]! } : undefined
  }
}
