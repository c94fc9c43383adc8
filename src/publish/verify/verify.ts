import { DistillError } from '../../errors.ts'
import { differenceOf } from './expectation.ts'
import { inParallel } from '../parallel.ts'
import { NoAnswer, type Answer, type PublicSite } from './public-site.ts'
import { pause } from '../retry.ts'
import type { SiteFile } from '../site/objects.ts'
import type { Written } from '../state/state.ts'

/** A key that the public address doesn't serve as it was published. */
export interface Mismatch {
  key: string
  address: string
  expected: string
  got: string
  /** Past the caches it is right: an edge still has an older answer. */
  stale: boolean
}

/** Published, but not seen to be served. */
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
  /** Milliseconds that the address may take to show what was published, from the first time that it doesn't. */
  timeout: number
  keepsHeaders: boolean
  signal: AbortSignal | undefined
  /** Called for each that is as it should be. */
  onVerified(key: string): void
}

/** After so many, more of the same tells nothing new. */
const enough = 25
const longestPause = 2000

type Fetch = (address: string) => Promise<Answer>
type Difference = Pick<Mismatch, 'address' | 'expected' | 'got'> | undefined

/**
 * Fetches every file through the public address and compares it with what was published.
 * @throws {UnverifiedError} for what is not served as published
 */
export async function verifyFiles(
  files: Iterable<SiteFile> | AsyncIterable<SiteFile>,
  options: VerifyOptions,
): Promise<void> {
  const { site, keepsHeaders } = options
  await check(files, options, async (file, fetch) => {
    let address = site.addressOf(file.url)
    let answer = await fetch(address)
    // `/old` may first lead to `/old/`, where the redirect is.
    if (file.redirect && answer.location && new URL(answer.location, address).href === `${address}/`) {
      address += '/'
      answer = await fetch(address)
    }
    const difference = differenceOf(file, address, answer, keepsHeaders)
    return difference && { address, ...difference }
  })
}

/**
 * Sees to it that the public address no longer serves what was deleted.
 * @throws {UnverifiedError} for what it still serves
 */
export async function verifyGone(deleted: readonly Written[], options: VerifyOptions): Promise<void> {
  await check(deleted, options, async ({ key, sha256 }, fetch) => {
    const address = options.site.addressOfKey(key)
    const { status, sha256: found } = await fetch(address)
    // Some hosts answer 200 with a page of theirs where nothing is: what counts is that it's not the old one.
    if (status !== 200 || found !== sha256) return undefined
    return { address, expected: 'that it is gone', got: 'what was deleted' }
  })
}

async function check<T extends { key: string }>(
  items: Iterable<T> | AsyncIterable<T>,
  { site, concurrency, timeout, signal, onVerified }: VerifyOptions,
  differenceIn: (item: T, fetch: Fetch) => Promise<Difference>,
): Promise<void> {
  const mismatches: Mismatch[] = []
  let checked = 0
  let deadline: number | undefined
  async function* untilEnough() {
    for await (const item of items) {
      if (mismatches.length >= enough) return
      yield item
    }
  }
  async function compare(item: T): Promise<Mismatch | undefined> {
    for (let attempt = 1; ; attempt++) {
      const difference = await differenceIn(item, (address) => site.fetch(address))
      if (!difference) return undefined
      // One deadline for all: where everything is wrong, each need not be waited for.
      deadline ??= Date.now() + timeout
      if (Date.now() >= deadline) {
        const stale = !(await differenceIn(item, (address) => site.fetchFresh(address)))
        return { key: item.key, ...difference, stale }
      }
      await pause(true, attempt, { signal, longestPause: Math.min(longestPause, timeout) })
    }
  }
  try {
    await inParallel(
      untilEnough(),
      concurrency,
      async (item) => {
        const mismatch = await compare(item)
        checked++
        if (mismatch) mismatches.push(mismatch)
        else onVerified(item.key)
      },
      signal,
    )
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    throw new UnverifiedError(
      `published, but not verified: ${error.message}`,
      `Check \`publicUrl\`: the site's root must answer at ${site.root}. Then publish again: that verifies what is left.`,
      mismatches,
      error,
    )
  }
  if (mismatches.length > 0) throw mismatching(mismatches, checked, site)
}

function mismatching(mismatches: Mismatch[], checked: number, site: PublicSite) {
  const shown = mismatches.slice(0, 10).map(({ address, expected, got, stale }) => {
    return `  ${address}: expected ${expected}, got ${got}${stale ? ' (an old answer from a cache)' : ''}`
  })
  const more = mismatches.length > shown.length ? [`  and ${mismatches.length - shown.length} more`] : []
  const unchecked = mismatches.length >= enough ? '; the rest was not checked' : ''
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
