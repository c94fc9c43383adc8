import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { retryAfterOf as secondsOf } from '../backends/http.ts'
import { throwIfAborted } from './interrupted.ts'

/** The least milliseconds to wait before another attempt, or `undefined` to give up. Attempts count from 1. */
export type RetryDelay = (error: unknown, attempt: number) => number | undefined

export interface RetryOptions {
  signal?: AbortSignal
  /** Milliseconds. Default: 10,000. */
  longestPause?: number
}

const firstPause = 200
const longestRequested = 60_000

/** Runs `work` until it succeeds or `delayFor` gives up, with a {@link pause} between two attempts. */
export async function retry<T>(
  work: () => Promise<T>,
  delayFor: RetryDelay,
  options: RetryOptions = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(options.signal)
    try {
      return await work()
    } catch (error) {
      // What fails after an abort may fail because of it.
      throwIfAborted(options.signal)
      const delay = delayFor(error, attempt)
      if (delay === undefined) throw error
      await pause(delay, attempt, options)
    }
  }
}

/**
 * Waits `delay` milliseconds and a random time on top, whose limit doubles with each attempt: requests that
 * failed together are not repeated together.
 */
export async function pause(
  delay: number,
  attempt: number,
  { signal, longestPause = 10_000 }: RetryOptions,
): Promise<void> {
  const jitter = Math.random() * Math.min(firstPause * 2 ** (attempt - 1), longestPause)
  await wait(Math.min(delay, longestRequested) + jitter, signal)
}

/**
 * Waits some milliseconds.
 * @throws {InterruptedError} after an abort, at once
 */
export async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  // Hundreds of requests may wait at a time, and Node warns of more than ten listeners.
  if (signal) setMaxListeners(0, signal)
  await sleep(ms, undefined, { signal }).catch(() => {})
  throwIfAborted(signal)
}

/** The milliseconds that `Retry-After` asks to wait: it is a number of seconds, or a date. */
export function retryAfterOf(header: string | null | undefined): number | undefined {
  const until = Date.parse(header ?? '')
  return secondsOf(header) ?? (Number.isNaN(until) ? undefined : Math.max(until - Date.now(), 0))
}
