import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Semaphore } from '../../src/publish/semaphore.ts'

test('permits are taken in turn, and work that takes more than the limit runs alone', async () => {
  const semaphore = new Semaphore(10)
  let taken = 0
  let peak = 0
  const order: number[] = []
  await Promise.all(
    [6, 3, 99, 1, 4, 5, 5].map((permits) =>
      semaphore.use(permits, async () => {
        taken += permits
        order.push(permits)
        if (permits === 99) expect(taken).toBe(99)
        else peak = Math.max(peak, taken)
        await sleep(2)
        taken -= permits
      }),
    ),
  )
  expect(order).toEqual([6, 3, 99, 1, 4, 5, 5])
  expect(peak).toBe(10)
})
