import { createServer } from 'node:net'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Backend, FailureKind } from '../../src/backends/backend.ts'
import { openStore } from '../../src/publish/store/store.ts'
import type { StorageServer } from '../servers/server.ts'
import { expectNoSecret, failureOf } from './failure.ts'
import { keys, operations, put } from './storage.ts'

export interface Faulty {
  backend: Backend
  server: Pick<StorageServer<unknown>, 'fault' | 'alter' | 'requests'>
  /** The same backend for a server at another URL. */
  at(url: string): Promise<Backend>
  /** The same backend with a timeout that passes while a test waits. */
  withShortTimeout(): Promise<Backend>
  /** Stores these keys, in the fastest way there is. */
  fill(names: string[]): Promise<void> | void
  secrets: string[]
}

interface Errors {
  /** The error responses of the storage, and the kind of failure that each is. */
  errors: (readonly [status: number, code: string, kind: FailureKind])[]
  pageSize: number
}

/** Tests what a backend that speaks HTTP does when its storage responds with an error or not at all. */
export function faults(get: () => Faulty, { errors, pageSize }: Errors): void {
  describe('when its storage fails', () => {
    let backend: Backend
    let server: Faulty['server']

    beforeEach(() => {
      ;({ backend, server } = get())
      server.fault = undefined
      server.alter = undefined
      server.requests.length = 0
    })

    describe.each(errors)('with %d %s', (status, code, kind) => {
      test.each(Object.entries(operations))(`%s is ${kind}, after one attempt`, async (name, operation) => {
        server.fault = () => ({ status, code })
        const error = await failureOf(operation(backend), kind)
        expect(error.message).toContain(`${code}, ${status})`)
        expect(error.message).not.toContain('\n')
        // Parts of a large content are sent concurrently.
        const most = name === 'put of a large content' ? 2 : 1
        expect(server.requests.length).toBeGreaterThanOrEqual(1)
        expect(server.requests.length).toBeLessThanOrEqual(most)
        expectNoSecret(error, get().secrets)
      })
    })

    test('its `Retry-After` is passed on', async () => {
      const [status, code] = errors.find(([, , kind]) => kind === 'throttled')!
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

    test('a connection that the other side resets is unavailable', async () => {
      const resetting = createServer((socket) => {
        socket.once('data', () => socket.resetAndDestroy())
      }).listen(0, '127.0.0.1')
      await new Promise((resolve) => resetting.once('listening', resolve))
      const { port } = resetting.address() as { port: number }
      const backend = await get().at(`http://127.0.0.1:${port}`)
      await failureOf(put(backend, 'page.html'), 'unavailable')
      backend.close?.()
      await new Promise((resolve) => resetting.close(resolve))
    })

    test.each(Object.entries(operations))('%s without a response is unavailable', async (_, operation) => {
      const backend = await get().withShortTimeout()
      server.fault = () => 'hang'
      const error = await failureOf(operation(backend), 'unavailable')
      expect(error.message).toContain('the storage did not respond in time')
      backend.close?.()
    })

    test('where no server listens, it is unavailable without waiting', { timeout: 20_000 }, async () => {
      const closed = createServer().listen(0, '127.0.0.1')
      await new Promise((resolve) => closed.once('listening', resolve))
      const { port } = closed.address() as { port: number }
      await new Promise((resolve) => closed.close(resolve))
      const nowhere = await get().at(`http://localhost:${port}`)
      // A backend that waits before another attempt waits forever.
      vi.useFakeTimers({ toFake: ['setTimeout'] })
      const error = await failureOf(keys(nowhere), 'unavailable').finally(() => vi.useRealTimers())
      expect(error.message).toContain('ECONNREFUSED')
      expectNoSecret(error, get().secrets)
      nowhere.close?.()
    })

    test('a listing that fails on its second page throws', async () => {
      await get().fill(Array.from({ length: pageSize + 1 }, (_, i) => `many/${i}`))
      expect(await keys(backend, 'many/')).toHaveLength(pageSize + 1)
      server.requests.length = 0
      const [status, code] = errors.find(([, , kind]) => kind === 'unavailable')!
      server.fault = () => (server.requests.length > 1 ? { status, code } : undefined)
      await failureOf(keys(backend, 'many/'), 'unavailable')
      expect(server.requests).toHaveLength(2)
    })

    test('a listing that leads back to a page that it had is rejected', async () => {
      await get().fill(Array.from({ length: pageSize + 1 }, (_, i) => `many/${i}`))
      server.requests.length = 0
      let first: Response | undefined
      server.alter = (_, response) => (first ??= response).clone()
      const error = await failureOf(keys(backend, 'many/'), 'rejected')
      expect(error.message).toContain('leads back to a page')
      expect(server.requests).toHaveLength(2)
    })

    test('a second page that always fails ends the listing after the usual attempts', async () => {
      await get().fill(Array.from({ length: pageSize + 1 }, (_, i) => `many/${i}`))
      server.requests.length = 0
      const [status, code] = errors.find(([, , kind]) => kind === 'unavailable')!
      server.alter = async (_, response) =>
        (await response.clone().text()).includes('many/0') ? response : new Response(code, { status })
      const found: string[] = []
      const walking = (async () => {
        for await (const page of openStore(backend, 'many').walk()) found.push(...page.map(({ key }) => key))
      })()
      await expect(walking).rejects.toMatchObject({ code: 'TRANSFER_FAILED' })
      expect(found).toHaveLength(pageSize)
      // Six attempts of the second page; a storage may begin each time with the first.
      expect(server.requests.length).toBeGreaterThanOrEqual(7)
      expect(server.requests.length).toBeLessThanOrEqual(12)
    })
  })
}
