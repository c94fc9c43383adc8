import { throwIfAborted } from './interrupted.ts'

/**
 * Does `work` for every item, which may come bit by bit, a few at a time. After the first failure, or when asked to stop, no more are
 * begun; once those under way have ended, the failure is thrown.
 */
export async function inParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  concurrency: number,
  work: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  const failures: unknown[] = []
  const worker = async () => {
    while (failures.length === 0 && !signal?.aborted) {
      try {
        const next = await iterator.next()
        if (next.done) return
        await work(next.value)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  await iterator.return?.()
  if (failures.length > 0) throw failures[0]
  throwIfAborted(signal)
}
