import { BackendError, isBackendError } from '../../backends/backend.ts'
import { DistillError } from '../../errors.ts'
import { inParallel } from '../parallel.ts'
import { pause, retry } from '../retry.ts'

/** A provider's cache. Its failures are {@link BackendError}s. */
export interface Purger {
  /** Its name in messages: `Cloudflare`. */
  readonly name: string
  /** More URLs than this are not purged one by one, but by `purgeAll`. */
  readonly maxUrls: number
  /** What the credentials need: "the permission …". */
  readonly needs: string
  /** Purges these URLs. Resolves once the provider says that it is done. */
  purge(urls: readonly string[], signal: AbortSignal | undefined): Promise<void>
  /** Purges everything below the site's address. */
  purgeAll(signal: AbortSignal | undefined): Promise<void>
  close?(): void
}

/** Milliseconds after which a purge that the provider delays has failed. */
const longestPurge = 10 * 60_000
/** The most attempts at a request that gets no response, or one with a 5xx status. */
const maxAttempts = 6

/** Makes one request until it succeeds or another attempt cannot help. A provider that limits the rate is waited for. */
export function withRetry<T>(request: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const deadline = performance.now() + longestPurge
  return retry(
    request,
    (error, attempt) => {
      if (!isBackendError(error)) return undefined
      const { kind, retryAfter = 0 } = error
      const mayHelp =
        kind === 'throttled'
          ? performance.now() + retryAfter < deadline
          : kind === 'unavailable' && attempt < maxAttempts
      return mayHelp ? retryAfter : undefined
    },
    { signal },
  )
}

/** Splits a list into lists of `size` at most, and sends some of them at a time. */
export async function inBatches<T>(
  items: readonly T[],
  size: number,
  concurrency: number,
  signal: AbortSignal | undefined,
  send: (batch: T[]) => Promise<void>,
): Promise<void> {
  const batches: T[][] = []
  for (let i = 0; i < items.length; i += size) batches.push(items.slice(i, i + size))
  await inParallel(batches, concurrency, send, signal)
}

const longestPause = 5000

/**
 * Asks until an operation has ended. `ask` resolves to the milliseconds after which to ask again, `undefined` at the
 * end.
 */
export async function untilDone(
  ask: () => Promise<number | undefined>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = performance.now() + longestPurge
  for (let attempt = 1; ; attempt++) {
    const wait = await withRetry(ask, signal)
    if (wait === undefined) return
    if (performance.now() > deadline)
      throw new BackendError('unavailable', `it was not done after ${longestPurge / 60_000} minutes`)
    await pause(Math.min(wait, longestPause), attempt, { signal, longestPause })
  }
}

/**
 * The API token of an option or of the provider's usual environment variable.
 * @throws {DistillError} `CONFIG_FAILED`
 */
export function tokenOf(provider: string, given: string | undefined, variable: string): string {
  const token = given ?? process.env[variable]
  if (token) return token
  throw new DistillError(
    'CONFIG_FAILED',
    `\`purge.${provider}\` has no \`apiToken\`, and \`${variable}\` is not set`,
    {
      hint: `Set the environment variable \`${variable}\`.`,
    },
  )
}
