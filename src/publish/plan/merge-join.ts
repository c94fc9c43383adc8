import { compareKeys } from '../../keys.ts'
import type { Keyed, Sorted } from '../store/listing.ts'

/** The items of three lists that have one key. */
export interface Joined<A, B, C> {
  key: string
  a: A | undefined
  b: B | undefined
  c: C | undefined
}

/** Walks three lists together that are sorted by key: one item for each key that any of them has, many at a time. */
export async function* mergeJoin<A extends Keyed, B extends Keyed, C extends Keyed>(
  a: Sorted<A>,
  b: Sorted<B>,
  c: Sorted<C>,
): AsyncGenerator<Joined<A, B, C>[], void, undefined> {
  const readers = [new Reader(a), new Reader(b), new Reader(c)] as const
  try {
    for (;;) {
      await Promise.all(readers.map((reader) => reader.fill()))
      const batch: Joined<A, B, C>[] = []
      while (readers.every(({ isFilled }) => isFilled)) {
        let key: string | undefined
        for (const { head } of readers)
          if (head && (key === undefined || compareKeys(head.key, key) < 0)) key = head.key
        if (key === undefined || batch.length === maxBatch) break
        batch.push({ key, a: readers[0].take(key), b: readers[1].take(key), c: readers[2].take(key) })
      }
      if (batch.length === 0) return
      yield batch
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.close()))
  }
}

/** Two lists that are in memory would make one batch of all. */
const maxBatch = 1000

class Reader<T extends Keyed> {
  /** The next item; `undefined` behind the last one. */
  head: T | undefined
  /** Whether `head` is right. If not, the next items have to be waited for. */
  isFilled = false
  readonly #batches: AsyncIterator<Iterable<T>> | undefined
  #items: Iterator<T>
  /** The batch after the current one: it is on its way while the current one is compared. */
  #next: Promise<IteratorResult<Iterable<T>, unknown>> | undefined

  constructor(items: Sorted<T>) {
    if (Symbol.asyncIterator in items) {
      this.#batches = items[Symbol.asyncIterator]()
      this.#items = [][Symbol.iterator]()
      this.#request()
    } else this.#items = items[Symbol.iterator]()
    this.#advance()
  }

  /** Takes the next item, if it has this key. */
  take(key: string): T | undefined {
    const { head } = this
    if (head?.key !== key) return undefined
    this.#advance()
    return head
  }

  /** Makes `head` right. */
  async fill(): Promise<void> {
    while (!this.isFilled) {
      const next = await this.#next!
      if (next.done) {
        this.#next = undefined
        this.isFilled = true
        return
      }
      this.#items = next.value[Symbol.iterator]()
      this.#request()
      this.#advance()
    }
  }

  #request(): void {
    this.#next = this.#batches!.next()
    // It is waited for later, or not at all.
    this.#next.catch(() => {})
  }

  #advance(): void {
    const next = this.#items.next()
    this.head = next.done ? undefined : next.value
    this.isFilled = !next.done || this.#next === undefined
  }

  async close(): Promise<void> {
    await this.#batches?.return?.()
  }
}
