import { expect, test } from 'vitest'
import { BackendError, type Backend, type StoredObject } from '../../../src/backends/backend.ts'
import { withListing } from '../../../src/publish/store/listing.ts'
import { openStore, type Store } from '../../../src/publish/store/store.ts'

const object = (key: string): StoredObject => ({ key, size: 1, etag: key, modified: 1 })

/** A storage that lists these pages. After page number `fails`, it fails once. */
function listing(pages: string[][], fails = 0) {
  let failed = false
  const begun: (string | undefined)[] = []
  const backend = {
    name: 'test:',
    maxRemove: 1,
    conditional: true,
    keepsHeaders: true,
    async *list(_: string, after?: string) {
      begun.push(after)
      let count = 0
      for (const page of pages) {
        yield page.map(object)
        if (++count === fails && !failed) {
          failed = true
          throw new BackendError('unavailable', 'it broke')
        }
      }
    },
  } as unknown as Backend
  return { store: openStore(backend, ''), begun }
}

const keysOf = (store: Store, first?: string) =>
  withListing(store, first, async (objects) => {
    const found: string[] = []
    for await (const { key } of objects) found.push(key)
    return found
  })

test('a listing that fails is resumed behind its last key, and yields each key once', async () => {
  const { store, begun } = listing([['a', 'b'], ['c', 'd'], ['e']], 2)
  expect(await keysOf(store)).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(begun).toEqual([undefined, 'd'])
  expect(store.requests.list).toBe(2 + 3)
})

test('a listing in another order is collected and sorted', async () => {
  const { store } = listing(
    [
      ['b', 'a'],
      ['d', 'c'],
    ],
    1,
  )
  expect(await keysOf(store)).toEqual(['a', 'b', 'c', 'd'])
  const across = listing(
    [
      ['c', 'd'],
      ['a', 'b'],
    ],
    1,
  )
  expect(await keysOf(across.store)).toEqual(['a', 'b', 'c', 'd'])
})

test('a listing begins behind the own objects only if no key before them matters', async () => {
  const pages = [['!a', '.vite-distill/state.json', 'b']]
  for (const [first, begins] of [
    [undefined, undefined],
    ['!a', undefined],
    ['.htaccess', undefined],
    ['b', '.vite-distill/\u{10ffff}'],
    ['.well-known/x', '.vite-distill/\u{10ffff}'],
  ] as const) {
    const { store, begun } = listing(pages)
    expect(await keysOf(store, first)).toEqual(begins === undefined ? ['!a', 'b'] : ['b'])
    expect(begun).toEqual([begins])
  }
})
