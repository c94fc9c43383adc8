import { DistillError } from '../errors.ts'
import { differenceOf } from './expectation.ts'
import { inParallel } from './pool.ts'
import { NoAnswer, type PublicSite } from './public-site.ts'
import type { SiteFile } from './site.ts'
import type { Written } from './state.ts'

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
  keepsHeaders: boolean
  signal: AbortSignal | undefined
  /** Called for each that is as it should be. */
  onVerified(key: string): void
}

/** After so many, more of the same tells nothing new. */
const enough = 25

/**
 * Fetches every file through the public address and compares it with what was published.
 * @throws {UnverifiedError} for what is not served as published
 */
export async function verifyFiles(files: readonly SiteFile[], options: VerifyOptions): Promise<void> {
  await check(files, options, async (file) => {
    const { site, keepsHeaders } = options
    let address = site.addressOf(file.url)
    let answer = await site.fetch(address)
    // `/old` may first lead to `/old/`, where the redirect is.
    if (file.redirect && answer.location && new URL(answer.location, address).href === `${address}/`) {
      address += '/'
      answer = await site.fetch(address)
    }
    const difference = differenceOf(file, address, answer, keepsHeaders)
    if (!difference) return undefined
    const fresh = await site.fetchFresh(address)
    const stale = !differenceOf(file, address, fresh, keepsHeaders)
    return { key: file.key, address, ...difference, stale }
  })
}

/**
 * Sees to it that the public address no longer serves what was deleted.
 * @throws {UnverifiedError} for what it still serves
 */
export async function verifyGone(deleted: readonly Written[], options: VerifyOptions): Promise<void> {
  await check(deleted, options, async ({ key, sha256 }) => {
    const { site } = options
    const address = site.addressOfKey(key)
    // Some hosts answer 200 with a page of theirs where nothing is: what counts is that it's not the old one.
    const isThere = async (answer: ReturnType<PublicSite['fetch']>) => {
      const { status, sha256: found } = await answer
      return status === 200 && found === sha256
    }
    if (!(await isThere(site.fetch(address)))) return undefined
    const stale = !(await isThere(site.fetchFresh(address)))
    return { key, address, expected: 'that it is gone', got: 'what was deleted', stale }
  })
}

async function check<T extends { key: string }>(
  items: readonly T[],
  { site, concurrency, signal, onVerified }: VerifyOptions,
  compare: (item: T) => Promise<Mismatch | undefined>,
): Promise<void> {
  const mismatches: Mismatch[] = []
  let checked = 0
  function* untilEnough() {
    for (const item of items) {
      if (mismatches.length >= enough) return
      yield item
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
  if (mismatches.length > 0) throw mismatching(mismatches, checked, items.length, site)
}

function mismatching(mismatches: Mismatch[], checked: number, total: number, site: PublicSite) {
  const shown = mismatches.slice(0, 10).map(({ address, expected, got, stale }) => {
    return `  ${address}: expected ${expected}, got ${got}${stale ? ' (an old answer from a cache)' : ''}`
  })
  const more = mismatches.length > shown.length ? [`  and ${mismatches.length - shown.length} more`] : []
  const unchecked = total > checked ? `; the other ${total - checked} were not checked` : ''
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
