import { createServer } from 'node:net'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Backend, FailureKind } from '../../src/backends/backend.ts'
import type { StorageServer } from '../servers/server.ts'
import { expectNoSecret, failureOf } from './failure.ts'
import { keys, operations, put } from './storage.ts'

export interface Faulty {
  backend: Backend
  server: Pick<StorageServer<unknown>, 'fault' | 'requests'>
  /** The same backend, where another server is. */
  at(url: string): Promise<Backend>
  /** Stores these keys, by whatever is fast. */
  fill(names: string[]): Promise<void> | void
  secrets: string[]
}

interface Answers {
  /** What the storage answers, and what that means. */
  answers: (readonly [status: number, code: string, kind: FailureKind])[]
  pageSize: number
}

/** What any backend that speaks HTTP does when its storage answers badly, or not at all. */
export function faults(get: () => Faulty, { answers, pageSize }: Answers): void {
  describe('when its storage fails', () => {
    let backend: Backend
    let server: Faulty['server']

    beforeEach(() => {
      ;({ backend, server } = get())
      server.fault = undefined
      server.requests.length = 0
    })

    describe.each(answers)('with %d %s', (status, code, kind) => {
      test.each(Object.entries(operations))(`%s is ${kind}, asked once`, async (name, operation) => {
        server.fault = () => ({ status, code })
        const error = await failureOf(operation(backend), kind)
        expect(error.message).toContain(`${code}, ${status})`)
        expect(error.message).not.toContain('\n')
        // Parts of a large content are under way side by side.
        expect(server.requests.length).toBeLessThanOrEqual(name === 'put of a large content' ? 2 : 1)
        expectNoSecret(error, get().secrets)
      })
    })

    test('how long to wait is passed on', async () => {
      const [status, code] = answers.find(([, , kind]) => kind === 'throttled')!
      server.fault = () => ({ status, code, retryAfter: 7 })
      expect((await failureOf(put(backend, 'page.html'), 'throttled')).retryAfter).toBe(7000)
      server.fault = () => ({ status, code })
      expect((await failureOf(put(backend, 'page.html'), 'throttled')).retryAfter).toBeUndefined()
    })

    test.each(Object.entries(operations))(
      '%s on a connection that breaks is unavailable',
      async (_, operation) => {
        server.fault = () => 'reset'
        expectNoSecret(await failureOf(operation(backend), 'unavailable'), get().secrets)
      },
    )

    test('where nobody listens, it is unavailable at once', async () => {
      const closed = createServer().listen(0, '127.0.0.1')
      await new Promise((resolve) => closed.once('listening', resolve))
      const { port } = closed.address() as { port: number }
      await new Promise((resolve) => closed.close(resolve))
      const nowhere = await get().at(`http://localhost:${port}`)
      const started = Date.now()
      const error = await failureOf(keys(nowhere), 'unavailable')
      expect(error.message).toContain('ECONNREFUSED')
      expect(Date.now() - started).toBeLessThan(2000)
      expectNoSecret(error, get().secrets)
      nowhere.close?.()
    })

    test('a listing that fails on its second page throws, and is not taken for complete', async () => {
      await get().fill(Array.from({ length: pageSize + 1 }, (_, i) => `many/${i}`))
      expect(await keys(backend, 'many/')).toHaveLength(pageSize + 1)
      server.requests.length = 0
      const [status, code] = answers.find(([, , kind]) => kind === 'unavailable')!
      server.fault = () => (server.requests.length > 1 ? { status, code } : undefined)
      await failureOf(keys(backend, 'many/'), 'unavailable')
      expect(server.requests).toHaveLength(2)
    })
  })
}
