import { BackendError, type Backend, type FailureKind } from '../../src/backends/backend.ts'
import { openBackend } from '../../src/backends/open.ts'
import { deferred } from './deferred.ts'

/** Replaces a call, counted from 1. `work` makes the call. */
export type Fault = (call: number, work: () => Promise<unknown>) => Promise<unknown>

export interface Call {
  name: 'list' | 'get' | 'put' | 'rewrite' | 'copy' | 'remove'
  /** The key, keys or prefix. */
  what: string
}

/**
 * A real storage whose calls a fault replaces, and the calls that were made.
 * @param from Opens the storage. Default: as a publish does
 */
export function faulty(
  fault: Fault,
  from: (...args: Parameters<typeof openBackend>) => Promise<Backend> = openBackend,
) {
  const calls: Call[] = []
  const at = async <T>(name: Call['name'], what: string, work: () => Promise<T>): Promise<T> => {
    calls.push({ name, what })
    return (await fault(calls.length, work)) as T
  }
  const open = async (...args: Parameters<typeof openBackend>): Promise<Backend> => {
    const inner = await from(...args)
    return {
      ...inner,
      async *list(prefix, after) {
        yield* await at('list', prefix, () => all(inner.list(prefix, after)))
      },
      get: (key) => at('get', key, () => inner.get(key)),
      put: (key, source, options) => at('put', key, () => inner.put(key, source, options)),
      rewrite: inner.rewrite && ((key, options) => at('rewrite', key, () => inner.rewrite!(key, options))),
      copy:
        inner.copy &&
        ((from, to, options) => at('copy', `${from} ${to}`, () => inner.copy!(from, to, options))),
      remove: (objects) => at('remove', objects.map(({ key }) => key).join(), () => inner.remove(objects)),
    }
  }
  return { calls, open }
}

/**
 * A storage whose publisher dies at the k-th call: the call is done or not, and nothing that it waits for ever ends.
 * Calls that are under way by then are done: `died` resolves after them.
 */
export function mortal(k: number, isDone: boolean, from?: Parameters<typeof faulty>[1]) {
  const { promise: died, resolve } = deferred()
  const never = new Promise<never>(() => {})
  const running = new Set<Promise<unknown>>()
  const { open } = faulty(async (call, work) => {
    if (call > k) return never
    if (call < k) {
      const done = work()
      running.add(done)
      return done.finally(() => running.delete(done))
    }
    if (isDone) await work().catch(() => {})
    await Promise.allSettled(running)
    resolve()
    return never
  }, from)
  return { open, died }
}

export const broken = (kind: FailureKind = 'rejected') => new BackendError(kind, 'a fault of the test')

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
