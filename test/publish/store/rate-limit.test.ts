import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { BackendError } from '../../../src/backends/backend.ts'
import { AimdLimiter } from '../../../src/publish/store/rate-limit.ts'

const throttled = new BackendError('throttled', 'slow down')
const isThrottled = (error: unknown) => error === throttled

/** A storage that takes `most` requests at a time and throttles any more. */
function server(most: number) {
  let now = 0
  let refused = 0
  let peak = 0
  return {
    get refused() {
      return refused
    },
    /** The most at a time since the last call. */
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
        throw throttled
      } finally {
        now--
      }
    },
  }
}

const ask = (limiter: AimdLimiter, request: () => Promise<void>, times: number) =>
  Promise.allSettled(Array.from({ length: times }, () => limiter.use(request, isThrottled)))

test('the limit is halved once for each round that is throttled, and rises one by one', async () => {
  const limiter = new AimdLimiter(32)
  const storage = server(10)
  await ask(limiter, storage.request, 32)
  expect(storage.peak()).toBe(32)
  expect(limiter.limit).toBe(16)
  await ask(limiter, storage.request, 16)
  expect(limiter.limit).toBe(8)
  await ask(limiter, storage.request, 8)
  expect(storage.peak()).toBeLessThanOrEqual(16)
  expect(limiter.limit).toBeGreaterThanOrEqual(8)
  const { refused } = storage
  await ask(limiter, storage.request, 400)
  // The limit stays near what the storage takes.
  expect(storage.peak()).toBeLessThanOrEqual(12)
  expect(storage.refused - refused).toBeLessThan(60)
  await ask(limiter, server(99).request, 2000)
  expect(limiter.limit).toBe(32)
})

test('the limit begins at 32, doubles with each round that nothing throttles, and stops at the most', async () => {
  const limiter = new AimdLimiter(100)
  const storage = server(1000)
  await ask(limiter, storage.request, 33)
  expect(storage.peak()).toBeLessThanOrEqual(33)
  // A few requests at a time say nothing.
  for (let i = 0; i < 50; i++) await ask(limiter, storage.request, 2)
  expect(limiter.limit).toBeLessThanOrEqual(34)
  await ask(limiter, storage.request, 300)
  expect(limiter.limit).toBe(100)
  expect(storage.peak()).toBe(100)
  expect(limiter.found).toBe(100)
})

test('the limit begins where an earlier publish ended', async () => {
  const limiter = new AimdLimiter(128)
  expect(limiter.found).toBeUndefined()
  limiter.startAt(10)
  expect(limiter.found).toBeUndefined()
  const storage = server(1000)
  await ask(limiter, storage.request, 20)
  expect(storage.peak()).toBeLessThanOrEqual(12)
  expect(limiter.found).toBeLessThanOrEqual(12)
  const other = new AimdLimiter(64)
  other.startAt(128)
  expect(other.limit).toBe(64)
})

test.each([undefined, null, 'x', 0, -1, 1.5, NaN, Infinity])('a state that says %s is ignored', (limit) => {
  const limiter = new AimdLimiter(128)
  limiter.startAt(limit)
  expect([limiter.limit, limiter.found]).toEqual([32, undefined])
})

test('the limit is never below one', async () => {
  const limiter = new AimdLimiter(2)
  for (let i = 0; i < 5; i++) await ask(limiter, () => Promise.reject(throttled), 1)
  expect(limiter.limit).toBe(1)
  // Other failures change nothing.
  await ask(limiter, () => Promise.reject(new Error('no')), 1)
  expect(limiter.limit).toBe(1)
})

test('a throttled part of a request that was allowed halves the limit, once', async () => {
  const limiter = new AimdLimiter(32)
  const part = () => limiter.observe(() => Promise.reject(throttled), isThrottled)
  await limiter.use(() => Promise.allSettled([part(), part()]), isThrottled)
  expect(limiter.limit).toBe(16)
  await ask(limiter, () => limiter.observe(() => sleep(1), isThrottled), 40)
  expect(limiter.limit).toBeGreaterThan(16)
})
