import { DistillError } from '../../errors.ts'
import { inParallel } from '../parallel.ts'
import { pause } from '../retry.ts'
import type { DesiredObject } from '../site/objects.ts'
import type { WrittenRecord } from '../state/record.ts'
import { acceptHint, differenceOf, type Comparison, type Difference } from './difference.ts'
import type { PublicResponse } from './get.ts'
import { NoResponseError, type PublicSite } from './public-site.ts'

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
  comparison: Comparison
  signal: AbortSignal | undefined
  /** Called for each key that is served as published. */
  onVerified(key: string): void
}

/** More mismatches than this tell nothing new: stop. */
const maxMismatches = 25
const longestPause = 2000

type Fetch = (address: string) => Promise<PublicResponse>
type Found = (Difference & { address: string }) | undefined

interface Checked {
  mismatches: Mismatch[]
  /** How many items were looked at. */
  checked: number
}

/**
 * Fetches every file through the public address and compares it with what was published.
 * @throws {UnverifiedError} for what is not served as published
 */
export async function verifyFiles(
  files: Iterable<DesiredObject> | AsyncIterable<DesiredObject>,
  options: VerifyOptions,
): Promise<void> {
  const { site, comparison } = options
  const found = await checkAll(files, options, (file, fetch) => differenceAt(site, file, comparison, fetch))
  if (found.mismatches.length > 0) throw mismatchError(found, site)
}

/** How the public address serves a file otherwise than it was published; `undefined` where it does not. */
export async function differenceAt(
  site: PublicSite,
  file: DesiredObject,
  comparison: Comparison,
  fetch: Fetch,
): Promise<Found> {
  let address = site.addressOf(file.url)
  let response = await fetch(address)
  // A server may redirect `/old` to `/old/`, where our own redirect is.
  if (file.redirect && response.location && new URL(response.location, address).href === `${address}/`) {
    address += '/'
    response = await fetch(address)
  }
  const difference = differenceOf(file, address, response, comparison)
  return difference && { address, ...difference }
}

/**
 * Checks that the public address no longer serves what was deleted.
 * @returns the addresses at which only a cache still serves it, where `content: 'status'` accepts old responses
 * @throws {UnverifiedError} for what it still serves
 */
export async function verifyGone(
  deleted: readonly WrittenRecord[],
  options: VerifyOptions,
): Promise<string[]> {
  const { site, comparison } = options
  const exact = comparison.content === 'exact'
  let known: Promise<boolean> | undefined
  const servesAnything = () => (known ??= site.fetchUnknown().then(({ status }) => status === 200))
  const found = await checkAll(deleted, options, async ({ key, sha256 }, fetch) => {
    const address = site.addressOfKey(key)
    const response = await fetch(address)
    // Some hosts respond with status 200 and a page of their own where nothing is: compare the content. Content that
    // is rewritten on the way says nothing: compare with an address that never was.
    const isServed =
      response.status === 200 && (response.sha256 === sha256 || (!exact && !(await servesAnything())))
    return isServed
      ? { address, in: 'status', expected: 'that it is gone', got: 'what was deleted' }
      : undefined
  })
  const cached = exact ? [] : found.mismatches.filter(({ stale }) => stale)
  if (found.mismatches.length > cached.length) throw mismatchError(found, site)
  return cached.map(({ address }) => address)
}

async function checkAll<T extends { key: string }>(
  items: Iterable<T> | AsyncIterable<T>,
  { site, concurrency, timeout, signal, onVerified }: VerifyOptions,
  differenceIn: (item: T, fetch: Fetch) => Promise<Found>,
): Promise<Checked> {
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
    if (!(error instanceof NoResponseError)) throw error
    throw new UnverifiedError(
      `published, but not verified: ${error.message}`,
      `${error.hint} Then publish again: that verifies what is left.`,
      mismatches,
      error,
    )
  }
  return { mismatches, checked }
}

function mismatchError({ mismatches, checked }: Checked, site: PublicSite) {
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
      ? 'A cache in front of the target still has old answers. Let it expire or purge it, then publish again: that verifies what is left. With `purge` in the target, every publish purges what it changes.'
      : [
          `Check \`publicUrl\`: ${site.root} must be where the target's files are served, with \`index.html\` as index document.`,
          ...acceptHint(mismatches),
          'Then publish again: that verifies what is left.',
        ].join(' '),
    mismatches,
  )
}
