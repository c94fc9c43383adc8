import { expect, test } from 'vitest'
import { BackendError, type Backend, type StoredObject } from '../../../src/backends/backend.ts'
import { withListing } from '../../../src/publish/store/listing.ts'
import { openStore, type Store } from '../../../src/publish/store/store.ts'

const object = (key: string): StoredObject => ({ key, size: 1, etag: key, modified: 1 })

const storeOf = (list: Backend['list'], more: Partial<Backend> = {}) =>
  openStore({ name: 'test:', maxRemove: 1, conditional: true, ...more, list } as Backend, '')

/** A storage that lists these pages. After page number `fails`, it fails once. */
function listing(pages: string[][], fails = 0, more: Partial<Backend> = {}) {
  let failed = false
  const begun: (string | undefined)[] = []
  async function* list(_: string, after?: string) {
    begun.push(after)
    let count = 0
    for (const page of pages) {
      yield page.map(object)
      if (++count === fails && !failed) {
        failed = true
        throw new BackendError('unavailable', 'it broke')
      }
    }
  }
  return { store: storeOf(list, more), begun }
}

const keysOf = (store: Store, first?: string) =>
  withListing(store, first, async (objects) => {
    const found: string[] = []
    for await (const page of objects) found.push(...page.map(({ key }) => key))
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

test.each([true, false])(
  'a key that is there twice is an error, sorted or not (promised: %s)',
  async (sorted) => {
    for (const pages of [
      [['a', 'a']],
      [['a'], ['a', 'b']],
      [
        ['a', 'b'],
        ['c', 'c'],
      ],
    ]) {
      const { store, begun } = listing(pages, 0, { sorted })
      await expect(keysOf(store)).rejects.toMatchObject({
        code: 'TRANSFER_FAILED',
        message: /is there twice$/,
      })
      expect(begun).toHaveLength(1)
    }
    const far = listing([['b', 'a'], ['b']], 0, { sorted: false })
    await expect(keysOf(far.store)).rejects.toMatchObject({
      code: 'TRANSFER_FAILED',
      message: 'the listing of `test:` is wrong: `b` is there twice',
    })
  },
)

test('another order than the one that the storage promises is an error', async () => {
  for (const pages of [[['b', 'a']], [['a', 'c'], ['b']]]) {
    const { store, begun } = listing(pages, 0, { sorted: true })
    await expect(keysOf(store)).rejects.toMatchObject({ code: 'TRANSFER_FAILED', exitCode: 4 })
    expect(begun).toHaveLength(1)
  }
})

/** A storage whose page number `fails`, from 0, always fails. With `after`, it begins a listing behind that key. */
function failing(pages: string[][], fails: number, honoursAfter: boolean) {
  let lists = 0
  async function* list(_: string, after = '') {
    lists++
    for (const [i, page] of pages.entries()) {
      const left = honoursAfter ? page.filter((key) => key > after) : page
      if (left.length === 0) continue
      if (i === fails) throw new BackendError('unavailable', 'it broke')
      yield left.map(object)
    }
  }
  return { store: storeOf(list), lists: () => lists }
}

test.each([true, false])(
  'a page that always fails ends the listing after six attempts (begins behind the last key: %s)',
  async (honoursAfter) => {
    const { store, lists } = failing([['a'], ['b'], ['c'], ['d']], 2, honoursAfter)
    await expect(keysOf(store)).rejects.toMatchObject({ code: 'TRANSFER_FAILED' })
    expect(lists()).toBe(6)
  },
)

test('a listing that makes progress may fail as often as it has pages', async () => {
  const pages = Array.from({ length: 12 }, (_, i) => [`key ${String(i).padStart(2, '0')}`])
  let begun = 0
  async function* list() {
    begun++
    for (const [i, page] of pages.entries()) {
      if (i >= begun) throw new BackendError('unavailable', 'it broke')
      yield page.map(object)
    }
  }
  expect(await keysOf(storeOf(list))).toEqual(pages.flat())
  expect(begun).toBe(12)
})
