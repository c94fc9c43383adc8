import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { inParallel } from '../../src/publish/parallel.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('after a failure nothing more begins, and what is under way ends first', async () => {
  const begun: number[] = []
  const ended: number[] = []
  const run = inParallel([1, 2, 3, 4, 5, 6], 2, async (item) => {
    begun.push(item)
    await new Promise((resolve) => setTimeout(resolve, item * 5))
    if (item === 3) throw new Error('three')
    ended.push(item)
  })
  const failed = expect(run).rejects.toThrow('three')
  await vi.runAllTimersAsync()
  await failed
  expect(begun).toEqual([1, 2, 3, 4])
  expect(ended).toEqual([1, 2, 4])
})
