import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { BackendError, type Backend, type StoredObject } from '../../../src/backends/backend.ts'
import { withListing } from '../../../src/publish/store/listing.ts'
import { Pace } from '../../../src/publish/store/rate-limit.ts'
import { Slots } from '../../../src/publish/semaphore.ts'
import { Store } from '../../../src/publish/store/store.ts'

const busy = new BackendError('throttled', 'slow down')
const isBusy = (error: unknown) => error === busy

/** A storage that takes so many requests at a time and asks to slow down beyond. */
function server(most: number) {
  let now = 0
  let refused = 0
  let peak = 0
  return {
    get refused() {
      return refused
    },
    /** The most at a time since the last look. */
    peak() {
      const was = peak
      peak = 0
      return was
    },
    async request() {
      now++
      peak = Math.max(peak, now)
      try {
        await sleep(1)
        if (now <= most) return
        refused++
        throw busy
      } finally {
        now--
      }
    },
  }
}

const ask = (pace: Pace, request: () => Promise<void>, times: number) =>
  Promise.allSettled(Array.from({ length: times }, () => pace.use(request, isBusy)))

test('requests are halved once for each round that was too many, and come back one by one', async () => {
  const pace = new Pace(32)
  const storage = server(10)
  await ask(pace, storage.request, 32)
  expect(storage.peak()).toBe(32)
  expect(pace.limit).toBe(16)
  await ask(pace, storage.request, 16)
  expect(pace.limit).toBe(8)
  await ask(pace, storage.request, 8)
  expect(storage.peak()).toBeLessThanOrEqual(16)
  expect(pace.limit).toBeGreaterThanOrEqual(8)
  const { refused } = storage
  await ask(pace, storage.request, 400)
  // It settles near what the storage takes.
  expect(storage.peak()).toBeLessThanOrEqual(12)
  expect(storage.refused - refused).toBeLessThan(60)
  await ask(pace, server(99).request, 2000)
  expect(pace.limit).toBe(32)
})

test('there is always one', async () => {
  const pace = new Pace(2)
  for (let i = 0; i < 5; i++) await ask(pace, () => Promise.reject(busy), 1)
  expect(pace.limit).toBe(1)
  // What failed for another reason says nothing.
  await ask(pace, () => Promise.reject(new Error('no')), 1)
  expect(pace.limit).toBe(1)
})

test('slots are taken in turn, and what is larger than all of them comes alone', async () => {
  const slots = new Slots(10)
  let taken = 0
  let peak = 0
  const order: number[] = []
  await Promise.all(
    [6, 3, 99, 1, 4, 5, 5].map((places) =>
      slots.use(places, async () => {
        taken += places
        order.push(places)
        if (places === 99) expect(taken).toBe(99)
        else peak = Math.max(peak, taken)
        await sleep(2)
        taken -= places
      }),
    ),
  )
  expect(order).toEqual([6, 3, 99, 1, 4, 5, 5])
  expect(peak).toBe(10)
})

const object = (key: string): StoredObject => ({ key, size: 1, etag: key, modified: 1 })

/** A storage that lists these pages; after the `fails`-th of them, it fails once. */
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
  return { store: new Store(backend, ''), begun }
}

const keysOf = (store: Store, first?: string) =>
  withListing(store, first, async (objects) => {
    const found: string[] = []
    for await (const { key } of objects) found.push(key)
    return found
  })

test('a listing that breaks goes on behind what it gave, and gives each key once', async () => {
  const { store, begun } = listing([['a', 'b'], ['c', 'd'], ['e']], 2)
  expect(await keysOf(store)).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(begun).toEqual([undefined, 'd'])
  expect(store.requests.list).toBe(2 + 3)
})

test('a listing in another order is read whole and sorted', async () => {
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

test('a listing begins behind the records only where nothing before them matters', async () => {
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
