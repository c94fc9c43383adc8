import type { Rendered } from './messages.ts'

/** How long a page took; and of one that was rendered here, when it began, and the thread. */
export type PageTime = Pick<Rendered, 'at' | 'ms' | 'thread'>

const perPage = 3

/** When the pages were rendered, by the number of their line in the manifest: 24 bytes for each line. */
export class PageTimes {
  /** How many threads rendered. */
  threads = 0
  /** For each line: `at`, `ms` and `thread`. `at` is 0 without a rendered page, and no number for that of a shard. */
  #values = new Float64Array(1024 * perPage)

  add(number: number, { at = NaN, ms, thread = -1 }: PageTime): void {
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
    if (at === undefined || at === 0) return undefined
    const ms = this.#values[start + 1]!
    return Number.isNaN(at) ? { ms } : { at, ms, thread: this.#values[start + 2]! }
  }
}
