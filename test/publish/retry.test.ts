import { syncBuiltinESMExports } from 'node:module'
import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { retry } from '../../src/publish/retry.ts'

// Vitest's fake timers leave `node:timers/promises` as it is; Node's own replace it.
beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] })
  syncBuiltinESMExports()
})
afterEach(() => {
  mock.timers.reset()
  syncBuiltinESMExports()
  vi.restoreAllMocks()
})

/** Lets time pass, and whatever was waiting for it run. */
async function pass(ms: number): Promise<void> {
  await setImmediate()
  mock.timers.tick(ms)
  await setImmediate()
}

test.each([
  [0, 300],
  [0.5, 400],
])('with the random number %d, a pause of at least 300 ms takes %d ms', async (random, ms) => {
  vi.spyOn(Math, 'random').mockReturnValue(random)
  let tries = 0
  const work = async () => {
    if (++tries < 2) throw new Error('busy')
    return tries
  }
  const done = retry(work, () => 300)
  await pass(ms - 1)
  expect(tries).toBe(1)
  await pass(1)
  expect(await done).toBe(2)
})

test('a request to stop ends a pause at once', async () => {
  const controller = new AbortController()
  let tries = 0
  const work = () => Promise.reject(new Error(`busy ${++tries}`))
  const stopped = retry(work, () => 60_000, { signal: controller.signal })
  const failed = expect(stopped).rejects.toMatchObject({ code: 'INTERRUPTED', exitCode: 130 })
  await pass(20)
  controller.abort()
  // No time passes any more.
  await failed
  await expect(stopped).rejects.toThrow('stopped on request')
  expect(tries).toBe(1)
})

test('many that wait for one signal are no leak of listeners', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => void warnings.push(warning)
  process.on('warning', onWarning)
  const { signal } = new AbortController()
  const failing = async () => {
    throw new Error('busy')
  }
  const waiting = Array.from({ length: 20 }, () =>
    retry(failing, (_, attempt) => (attempt === 1 ? 300 : undefined), { signal }).catch(() => {}),
  )
  await pass(1000)
  await Promise.all(waiting)
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
})
