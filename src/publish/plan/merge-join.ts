import { compareKeys } from '../../keys.ts'
import type { Keyed, Sorted } from '../store/listing.ts'

/** The items of three lists that have one key. */
export interface Joined<A, B, C> {
  key: string
  a: A | undefined
  b: B | undefined
  c: C | undefined
}

/** Walks three lists together that are sorted by key, and yields once for each key that any of them has. */
export async function* mergeJoin<A extends Keyed, B extends Keyed, C extends Keyed>(
  a: Sorted<A>,
  b: Sorted<B>,
  c: Sorted<C>,
): AsyncGenerator<Joined<A, B, C>, void, undefined> {
  const readers = [new Reader(a), new Reader(b), new Reader(c)] as const
  try {
    await Promise.all(readers.map((reader) => reader.advance()))
    for (;;) {
      let key: string | undefined
      for (const { head } of readers)
        if (head && (key === undefined || compareKeys(head.key, key) < 0)) key = head.key
      if (key === undefined) return
      const joined = { key, a: readers[0].at(key), b: readers[1].at(key), c: readers[2].at(key) }
      for (const reader of readers) if (reader.head?.key === key) await reader.advance()
      yield joined
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.close()))
  }
}

class Reader<T extends Keyed> {
  head: T | undefined
  readonly #iterator: AsyncIterator<T> | Iterator<T>

  constructor(items: Sorted<T>) {
    this.#iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  }

  at(key: string): T | undefined {
    return this.head?.key === key ? this.head : undefined
  }

  async advance(): Promise<void> {
    const next = await this.#iterator.next()
    this.head = next.done ? undefined : next.value
  }

  async close(): Promise<void> {
    await this.#iterator.return?.()
  }
}
