import { setMaxListeners } from 'node:events'
import { inParallel } from '../parallel.ts'
import type { Upload } from '../plan/phases.ts'
import { differenceAt } from '../verify/verify.ts'
import type { SyncInput } from './sync-input.ts'

/** Early requests compete with uploads. */
const share = 1 / 4

/**
 * Looks at new assets through the public address while what comes after them is uploaded. It only notes what is right:
 * the first asset that is not ends it, and verification after the uploads looks at all the rest.
 *
 * Only assets whose keys are new, because no upload that follows changes what is served there and no cache has an older
 * response: neither is sure of pages, whose addresses a host may map to several keys, and of what is replaced. Nothing
 * where a purge comes first.
 */
export class EarlyVerification {
  readonly #input: SyncInput
  readonly #concurrency: number
  readonly #running: Promise<void>[] = []
  readonly #aborting = new AbortController()
  #ended = false

  constructor(input: SyncInput) {
    const { site, purge, everyFile, concurrency } = input
    this.#input = input
    this.#concurrency = site && !purge && !everyFile ? Math.floor(concurrency * share) : 0
    setMaxListeners(0, this.#aborting.signal)
  }

  /** Begins with what a phase has uploaded. */
  add(uploads: readonly Upload[]): void {
    const { site, comparison, journal } = this.#input
    const assets = uploads.filter(({ action, file }) => action === 'upload' && isAsset(file))
    if (!site || this.#concurrency === 0 || assets.length === 0) return
    const { signal } = this.#aborting
    const verify = async ({ file }: Upload) => {
      const fetch = (address: string) => site.fetchOnce(address, signal)
      if (await differenceAt(site, file, comparison, fetch)) this.#ended = true
      else journal.markVerified(file.key)
    }
    const untilEnded = this.#untilEnded(assets)
    this.#running.push(
      inParallel(untilEnded, this.#concurrency, verify).catch(() => void (this.#ended = true)),
    )
  }

  *#untilEnded(assets: readonly Upload[]): Generator<Upload, void, undefined> {
    for (const asset of assets) {
      if (this.#ended) return
      yield asset
    }
  }

  /** Begins no more requests and waits for those that run. */
  async finish(): Promise<void> {
    this.#ended = true
    await Promise.all(this.#running)
  }

  /** Ends all requests. */
  abort(): Promise<void> {
    this.#aborting.abort()
    return this.finish()
  }
}

const isAsset = ({ kind }: Upload['file']) => kind === 'hashed' || kind === 'asset'
