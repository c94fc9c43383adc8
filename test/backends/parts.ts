import { beforeEach, describe, expect, test } from 'vitest'
import { BackendError, type Backend, type Retry } from '../../src/backends/backend.ts'
import type { StorageServer } from '../servers/server.ts'
import { failureOf } from './failure.ts'
import { big, bytesOf, sourceOf } from './source.ts'
import { put, removeKeys } from './storage.ts'

export interface Parted {
  backend: Backend
  server: Pick<StorageServer<unknown>, 'fault' | 'requests'>
  /** The unfinished writes that the storage keeps. */
  leftovers?(): unknown[]
}

interface Operations {
  /** The name of the request for a part, and of the one that ends the upload, if the last part does not. */
  part: string
  end?: string
  /** The name of the request that gives an upload up, if there is one. */
  cancel?: string
  /** An error response after which another attempt may succeed. */
  error: { status: number; code: string }
}

const body = bytesOf(big)
/** Parts have at most this many bytes. */
const partSize = 8 * 1024 * 1024

/** Repeats a request without a pause where another attempt may succeed. */
const repeating =
  (signal?: AbortSignal): Retry =>
  async (request) => {
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted()
      try {
        return await request(signal)
      } catch (error) {
        const again = error instanceof BackendError && ['unavailable', 'throttled'].includes(error.kind)
        if (!again || attempt === 6) throw error
      }
    }
  }

/** Tests that a backend that speaks HTTP repeats the parts of a large content, and not the whole. */
export function parts(get: () => Parted, { part, end = part, cancel, error }: Operations): void {
  describe('a large content', () => {
    let backend: Backend
    let server: Parted['server']
    beforeEach(() => {
      ;({ backend, server } = get())
      server.fault = undefined
      server.requests.length = 0
    })

    const sent = () =>
      server.requests.reduce((sum, { headers }) => sum + Number(headers.get('content-length') ?? 0), 0)
    const count = (name: string) => server.requests.filter(({ operation }) => operation === name).length
    const write = (signal?: AbortSignal, ifMatch?: string | null) =>
      backend.put('big.bin', sourceOf(body), { headers: {}, retry: repeating(signal), ifMatch })

    async function expectStored(etag: string) {
      const found = await backend.get('big.bin')
      expect(found!.etag).toBe(etag)
      expect(Buffer.compare(found!.body, body)).toBe(0)
      if (get().leftovers) expect(get().leftovers!()).toEqual([])
    }
    /** The requests that were made twice. */
    async function partsWithout(): Promise<number> {
      await write()
      const parts = count(part)
      server.requests.length = 0
      return parts
    }

    test.each<[string, 'reset' | 'lost' | typeof error]>([
      ['fails', error],
      ['meets a broken connection', 'reset'],
      ['has its response lost', 'lost'],
    ])('is stored by sending a part again that %s', async (_, fault) => {
      const parts = await partsWithout()
      for (let k = 1; k <= parts; k++) {
        await removeKeys(backend, ['big.bin'])
        server.requests.length = 0
        let failed = 0
        // The k-th request for a part, and the one after it.
        server.fault = ({ operation }) => {
          if (operation !== part || count(part) < k || failed === 2) return undefined
          failed++
          return fault
        }
        const { etag } = await write()
        server.fault = undefined
        expect(failed, `part ${k}`).toBe(2)
        expect(sent(), `part ${k}`).toBeLessThanOrEqual(big + 2 * partSize + 10_000)
        await expectStored(etag)
      }
    })

    test.each(['unconditional', 'create', 'replace'])(
      'is stored once if the response to its end is lost, where the put is %s',
      async (how) => {
        const parts = await partsWithout()
        await removeKeys(backend, ['big.bin'])
        const ifMatch = { create: null, replace: undefined }[how]
        const old = how === 'replace' ? (await put(backend, 'big.bin', 'old')).etag : ifMatch
        server.requests.length = 0
        let lost = false
        server.fault = ({ operation }) => {
          if (lost || operation !== end || (end === part && count(part) < parts)) return undefined
          lost = true
          return 'lost'
        }
        const { etag } = await write(undefined, old)
        expect(lost).toBe(true)
        server.fault = undefined
        expect(sent()).toBeLessThan(big + 10_000)
        await expectStored(etag)
      },
    )

    test('is another one if its end was lost and something else wrote meanwhile', async () => {
      const parts = await partsWithout()
      const { etag } = await put(backend, 'big.bin', 'old')
      server.requests.length = 0
      let failed = false
      let writing: Promise<unknown> | undefined
      server.fault = ({ operation }) => {
        if (writing || operation !== end || (end === part && count(part) < parts)) return undefined
        if (failed) return undefined
        failed = true
        // It was not done, and the next attempt finds the other's object.
        writing = put(backend, 'big.bin', 'other')
        return 'reset'
      }
      await writing
      const result = write(undefined, etag)
      const error = await result.then(
        () => undefined,
        (error: unknown) => error,
      )
      await writing
      server.fault = undefined
      if (error) expect(['precondition', 'unavailable']).toContain((error as BackendError).kind)
      const found = Buffer.from((await backend.get('big.bin'))!.body)
      expect(error ? found.toString() : found.length).toBe(error ? 'other' : big)
    })

    test('that cannot be stored fails with the error of its part, and leaves nothing', async () => {
      server.fault = ({ operation }) => (operation === part ? error : undefined)
      const failure = await failureOf(write(), 'unavailable')
      expect(failure.message).toContain('`big.bin`')
      if (cancel) expect(count(cancel)).toBe(1)
      if (get().leftovers) expect(get().leftovers!()).toEqual([])
    })

    test('ends at once when the caller stops, and leaves nothing', { timeout: 20_000 }, async () => {
      await removeKeys(backend, ['big.bin'])
      server.requests.length = 0
      const controller = new AbortController()
      // The second part never gets a response.
      server.fault = ({ operation }) => {
        if (operation !== part || count(part) < 2) return undefined
        controller.abort()
        return 'hang'
      }
      await expect(write(controller.signal)).rejects.toThrow()
      server.fault = undefined
      const parts = count(part)
      expect(parts).toBeLessThanOrEqual(3)
      if (cancel) expect(count(cancel)).toBe(1)
      if (get().leftovers) expect(get().leftovers!()).toEqual([])
      expect(await backend.get('big.bin')).toBeUndefined()
    })
  })
}
