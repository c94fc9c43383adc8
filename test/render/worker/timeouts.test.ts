import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTimeouts } from '../../../src/render/worker/timeouts.ts'

let now = 0
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval'] })
  vi.spyOn(performance, 'now').mockImplementation(() => now)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Lets the timer of the limits fire once, `ms` after the last time. */
function pass(ms: number): void {
  now += ms
  vi.advanceTimersToNextTimer()
}

describe('the time of a page', () => {
  it('stands still while another page keeps the thread busy', async () => {
    const late = vi.fn()
    createTimeouts(1000)().expired().catch(late)
    pass(60_000)
    await Promise.resolve()
    expect(late).not.toHaveBeenCalled()
    for (let waited = 0; waited <= 1000; waited += 250) pass(250)
    await Promise.resolve()
    expect(late).toHaveBeenCalledWith(
      expect.objectContaining({ message: 'it took longer than `timeout`, 1000 ms' }),
    )
  })
})
