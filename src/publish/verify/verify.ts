import { DistillError } from '../../errors.ts'
import { inParallel } from '../parallel.ts'
import { pause } from '../retry.ts'
import type { DesiredObject } from '../site/objects.ts'
import type { WrittenRecord } from '../state/record.ts'
import { differenceOf, type Difference } from './difference.ts'
import { UnreachableError, type PublicResponse, type PublicSite } from './public-site.ts'

/** A key that the public address does not serve as it was published. */
export interface Mismatch extends Difference {
  key: string
  address: string
  /** Past all caches the response is right: a cache still has an older one. */
  stale: boolean
}

/** The site was published, and the public address does not serve it as published. */
export class UnverifiedError extends DistillError {
  readonly mismatches: readonly Mismatch[]

  constructor(message: string, hint: string, mismatches: readonly Mismatch[] = [], cause?: unknown) {
    super('UNVERIFIED', message, { hint, cause })
    this.mismatches = mismatches
  }
}

export interface VerifyOptions {
  site: PublicSite
  concurrency: number
  /** Milliseconds that the address may take to show what was published, from the first mismatch on. */
  timeout: number
  keepsHeaders: boolean
  signal: AbortSignal | undefined
  /** Called for each key that is served as published. */
  onVerified(key: string): void
}

/** More mismatches than this tell nothing new: stop. */
const maxMismatches = 25
const longestPause = 2000

type Fetch = (address: string) => Promise<PublicResponse>
type Found = (Difference & { address: string }) | undefined

/**
 * Fetches every file through the public address and compares it with what was published.
 * @throws {UnverifiedError} for what is not served as published
 */
export async function verifyFiles(
  files: Iterable<DesiredObject> | AsyncIterable<DesiredObject>,
  options: VerifyOptions,
): Promise<void> {
  const { site, keepsHeaders } = options
  await checkAll(files, options, async (file, fetch) => {
    let address = site.addressOf(file.url)
    let response = await fetch(address)
    // A server may redirect `/old` to `/old/`, where our own redirect is.
    if (file.redirect && response.location && new URL(response.location, address).href === `${address}/`) {
      address += '/'
      response = await fetch(address)
    }
    const difference = differenceOf(file, address, response, keepsHeaders)
    return difference && { address, ...difference }
  })
}

/**
 * Checks that the public address no longer serves what was deleted.
 * @throws {UnverifiedError} for what it still serves
 */
export async function verifyGone(deleted: readonly WrittenRecord[], options: VerifyOptions): Promise<void> {
  await checkAll(deleted, options, async ({ key, sha256 }, fetch) => {
    const address = options.site.addressOfKey(key)
    const response = await fetch(address)
    // Some hosts respond with status 200 and a page of their own where nothing is: compare the content.
    if (response.status !== 200 || response.sha256 !== sha256) return undefined
    return { address, expected: 'that it is gone', got: 'what was deleted' }
  })
}

async function checkAll<T extends { key: string }>(
  items: Iterable<T> | AsyncIterable<T>,
  { site, concurrency, timeout, signal, onVerified }: VerifyOptions,
  differenceIn: (item: T, fetch: Fetch) => Promise<Found>,
): Promise<void> {
  const mismatches: Mismatch[] = []
  let checked = 0
  let deadline: number | undefined
  async function* untilTooMany() {
    for await (const item of items) {
      if (mismatches.length >= maxMismatches) return
      yield item
    }
  }
  async function mismatchOf(item: T): Promise<Mismatch | undefined> {
    for (let attempt = 1; ; attempt++) {
      const difference = await differenceIn(item, (address) => site.fetch(address))
      if (!difference) return undefined
      // All items share one deadline: if all of them are wrong, do not wait for each.
      deadline ??= Date.now() + timeout
      if (Date.now() >= deadline) {
        const stale = !(await differenceIn(item, (address) => site.fetchFresh(address)))
        return { key: item.key, ...difference, stale }
      }
      await pause(0, attempt, { signal, longestPause: Math.min(longestPause, timeout) })
    }
  }
  try {
    await inParallel(
      untilTooMany(),
      concurrency,
      async (item) => {
        const mismatch = await mismatchOf(item)
        checked++
        if (mismatch) mismatches.push(mismatch)
        else onVerified(item.key)
      },
      signal,
    )
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    throw new UnverifiedError(
      `published, but not verified: ${error.message}`,
      `Check \`publicUrl\`: the site's root must answer at ${site.root}. Then publish again: that verifies what is left.`,
      mismatches,
      error,
    )
  }
  if (mismatches.length > 0) throw mismatchError(mismatches, checked, site)
}

function mismatchError(mismatches: Mismatch[], checked: number, site: PublicSite) {
  const shown = mismatches.slice(0, 10).map(({ address, expected, got, stale }) => {
    return `  ${address}: expected ${expected}, got ${got}${stale ? ' (an old answer from a cache)' : ''}`
  })
  const more = mismatches.length > shown.length ? [`  and ${mismatches.length - shown.length} more`] : []
  const unchecked = mismatches.length >= maxMismatches ? '; the rest was not checked' : ''
  return new UnverifiedError(
    [
      `published, but ${mismatches.length} of ${checked} checked are not served as published${unchecked}:`,
      ...shown,
      ...more,
    ].join('\n'),
    mismatches.every(({ stale }) => stale)
      ? 'A cache in front of the target still has old answers. Let it expire or purge it, then publish again: that verifies what is left.'
      : `Check \`publicUrl\`: ${site.root} must be where the target's files are served, with \`index.html\` as index document. Then publish again: that verifies what is left.`,
    mismatches,
  )
}
