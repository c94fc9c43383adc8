import type { Plan } from '../plan/plan.ts'
import type { Progress } from '../../progress.ts'
import { compareListing } from './compare-listing.ts'
import type { Journal } from './journal.ts'
import { deletePhases, uploadPhases } from '../plan/phases.ts'
import { inParallel } from '../parallel.ts'
import type { PublicSite } from '../verify/public-site.ts'
import { Slots } from '../semaphore.ts'
import { isWritten } from '../state/state.ts'
import type { Store } from '../store/store.ts'
import { memoryLimit, upload, type UploadContext } from './upload.ts'
import { verifyFiles, verifyGone, type VerifyOptions } from '../verify/verify.ts'
import type { SiteFile, Wanted } from '../site/objects.ts'

export interface SyncInput {
  plan: Plan
  journal: Journal
  store: Store
  /** Where the site's files are. */
  directory: string
  /** Where to see whether it is served; `undefined` not to look. */
  site: PublicSite | undefined
  /** What to look at: all of the site, or else only what was uploaded or not seen yet. */
  everyFile: Wanted | undefined
  /** Whether the target was listed, so that listing it again tells something. */
  listed: boolean
  /** The first key that such a listing has to show. */
  first: string | undefined
  concurrency: number
  /** Milliseconds that the public address may take to show what was published. */
  verifyTimeout: number
  signal: AbortSignal | undefined
  /** Sees to it that nobody else publishes, before each step; throws where somebody might. */
  hold(): Promise<void>
  progress(label: string, total?: number, bytes?: number): Progress
}

/**
 * Carries out a plan, in phases with barriers: whatever fails, no later phase begins, so that nothing is
 * deleted after a failed upload or before the new site was seen to be there.
 */
export async function sync(input: SyncInput): Promise<void> {
  await uploadAll(input)
  await verify(input)
  await removeOrphans(input)
}

async function uploadAll(input: SyncInput): Promise<void> {
  const { plan, journal, store, directory, concurrency, signal, first } = input
  const context: UploadContext = { store, journal, directory, memory: new Slots(memoryLimit) }
  for (const { label, uploads } of uploadPhases(plan.entries)) {
    await input.hold()
    const bytesOf = ({ rewrite, file }: (typeof uploads)[number]) => (rewrite ? 0 : file.size)
    const bar = input.progress(
      label,
      uploads.length,
      uploads.reduce((sum, entry) => sum + bytesOf(entry), 0),
    )
    try {
      await inParallel(
        uploads,
        concurrency,
        async (entry) => {
          await upload(entry, context)
          bar.tick(1, bytesOf(entry))
        },
        signal,
      )
    } finally {
      bar.done()
    }
  }
  if (input.listed && journal.begun) await compareListing(store, first, plan, journal)
}

async function verify(input: SyncInput): Promise<void> {
  const { site, plan, everyFile } = input
  if (!site) return
  const { counts } = plan
  const files = plan.entries.flatMap(({ file }) => (file ? [file] : []))
  const total = everyFile ? counts.upload + counts.update + counts.headers + counts.keep : files.length
  if (total === 0) return
  const bar = input.progress(`Verifying through ${site.root}`, total)
  try {
    const all: Iterable<SiteFile> | AsyncIterable<SiteFile> = everyFile ? everyFile() : files
    await verifyFiles(all, verifyOptions(input, site, bar))
  } finally {
    bar.done()
  }
}

async function removeOrphans(input: SyncInput): Promise<void> {
  const { plan, journal, store, site, concurrency, signal } = input
  for (const keys of deletePhases(plan.entries)) {
    const batches: string[][] = []
    for (let i = 0; i < keys.length; i += store.maxRemove) batches.push(keys.slice(i, i + store.maxRemove))
    const bar = input.progress('Deleting', keys.length)
    try {
      await inParallel(
        batches,
        concurrency,
        async (batch) => {
          await input.hold()
          await store.remove(batch)
          for (const key of batch) journal.removed.add(key)
          bar.tick(batch.length)
        },
        signal,
      )
    } finally {
      bar.done()
    }
  }
  if (!site || journal.removed.size === 0) return
  const deleted = plan.entries.flatMap(({ key, record }) =>
    journal.removed.has(key) && isWritten(record) ? [record] : [],
  )
  const bar = input.progress('Verifying that it is gone', deleted.length)
  try {
    await verifyGone(deleted, { ...verifyOptions(input, site, bar), onVerified: () => bar.tick() })
  } finally {
    bar.done()
  }
}

const verifyOptions = (
  { store, journal, concurrency, signal, verifyTimeout }: SyncInput,
  site: PublicSite,
  bar: Progress,
): VerifyOptions => ({
  site,
  concurrency,
  timeout: verifyTimeout,
  keepsHeaders: store.keepsHeaders,
  signal,
  onVerified(key) {
    journal.see(key)
    bar.tick()
  },
})
