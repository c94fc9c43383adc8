import { BackendError, type Backend, type FailureKind } from '../../src/backends/backend.ts'
import { openBackend } from '../../src/backends/open.ts'

/** Replaces a call, counted from 1. `work` makes the call. */
export type Fault = (call: number, work: () => Promise<unknown>) => Promise<unknown>

export interface Call {
  name: 'list' | 'get' | 'put' | 'copy' | 'remove'
  /** The key, keys or prefix. */
  what: string
}

/** A real storage whose calls a fault replaces, and the calls that were made. */
export function faulty(fault: Fault) {
  const calls: Call[] = []
  const at = async <T>(name: Call['name'], what: string, work: () => Promise<T>): Promise<T> => {
    calls.push({ name, what })
    return (await fault(calls.length, work)) as T
  }
  const open = async (...args: Parameters<typeof openBackend>): Promise<Backend> => {
    const inner = await openBackend(...args)
    return {
      ...inner,
      async *list(prefix, after) {
        yield* await at('list', prefix, () => all(inner.list(prefix, after)))
      },
      get: (key) => at('get', key, () => inner.get(key)),
      put: (key, source, options) => at('put', key, () => inner.put(key, source, options)),
      copy:
        inner.copy &&
        ((from, to, options) => at('copy', `${from} ${to}`, () => inner.copy!(from, to, options))),
      remove: (objects) => at('remove', objects.map(({ key }) => key).join(), () => inner.remove(objects)),
    }
  }
  return { calls, open }
}

export const broken = (kind: FailureKind = 'rejected') => new BackendError(kind, 'a fault of the test')

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
