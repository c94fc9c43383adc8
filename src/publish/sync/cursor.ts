import { compareKeys } from '../../keys.ts'

/** Walks items that are sorted by key beside others that are. */
export interface Cursor<T> {
  /** The key of the next item; `undefined` at the end. */
  readonly key: string | undefined
  /** The item of this key, if there is one. Those before it are passed over, so ask in order. */
  take(key: string): T | undefined
}

/** A {@link Cursor} at the first of the items. */
export function cursor<T extends { key: string }>(items: Iterable<T>): Cursor<T> {
  const iterator = items[Symbol.iterator]()
  let next = iterator.next()
  return {
    get key() {
      return next.done ? undefined : next.value.key
    },
    take(key) {
      while (!next.done && compareKeys(next.value.key, key) < 0) next = iterator.next()
      if (next.done || next.value.key !== key) return undefined
      const { value } = next
      next = iterator.next()
      return value
    },
  }
}

/** The key that comes first, of the next of two cursors. */
export const firstKey = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && compareKeys(b, a) < 0) ? b : a
