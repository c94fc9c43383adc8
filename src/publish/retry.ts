import { setTimeout as sleep } from 'node:timers/promises'
import { throwIfAborted } from './interrupted.ts'

/** Whether another try may help after the failure of this one (counted from 1); a number says so too, and how many milliseconds to wait at least. */
export type Again = (error: unknown, attempt: number) => boolean | number

export interface RetryOptions {
  signal?: AbortSignal | undefined
  /** Milliseconds. Default: 10,000. */
  longestPause?: number
}

const firstPause = 200
const longestRequested = 60_000

/**
 * Tries until it works or trying no longer helps. Pauses double and are random, so that many that failed
 * together don't come back together.
 */
export async function retry<T>(work: () => Promise<T>, again: Again, options: RetryOptions = {}): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(options.signal)
    try {
      return await work()
    } catch (error) {
      const wait = again(error, attempt)
      if (wait === false) throw error
      await pause(wait, attempt, options)
    }
  }
}

/** Waits before another try. */
export async function pause(
  wait: number | true,
  attempt: number,
  { signal, longestPause = 10_000 }: RetryOptions,
): Promise<void> {
  const least = wait === true ? 0 : Math.min(wait, longestRequested)
  const most = Math.min(firstPause * 2 ** (attempt - 1), longestPause)
  await sleep(least + Math.random() * most, undefined, { ...(signal && { signal }) }).catch(() => {})
  throwIfAborted(signal)
}
