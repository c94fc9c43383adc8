import type { Progress } from '../../progress.ts'
import { inParallel } from '../parallel.ts'
import { deletePhases, uploadPhases, type Upload } from '../plan/phases.ts'
import type { Plan } from '../plan/plan.ts'
import { Semaphore } from '../semaphore.ts'
import type { DesiredObject, DesiredObjects } from '../site/objects.ts'
import { isWritten } from '../state/record.ts'
import type { Store } from '../store/store.ts'
import type { PublicSite } from '../verify/public-site.ts'
import { verifyFiles, verifyGone, type VerifyOptions } from '../verify/verify.ts'
import { compareListing } from './compare-listing.ts'
import type { Journal } from './journal.ts'
import { memoryLimit, upload, type UploadContext } from './upload.ts'

export interface SyncInput {
  plan: Plan
  journal: Journal
  store: Store
  /** Where the site's files are. */
  directory: string
  /** Where to verify; `undefined` to verify nothing. */
  site: PublicSite | undefined
  /** Verify all of these; `undefined` to verify what was uploaded and what is not verified yet. */
  everyFile: DesiredObjects | undefined
  /** Whether the target was listed for the plan: only then can another listing be compared. */
  listed: boolean
  /** The first key that matters in that listing. */
  firstKey: string | undefined
  concurrency: number
  /** Milliseconds that the public address may take to show what was published. */
  verifyTimeout: number
  signal: AbortSignal | undefined
  /** Makes sure, before each step, that no other publish is under way; throws where one may be. */
  ensureLocked(): Promise<void>
  progress(label: string, total?: number, bytes?: number): Progress
}

/**
 * Executes a plan in phases. A phase begins only after the one before it has succeeded: nothing is deleted after a
 * failed upload, or before the new site was verified.
 */
export async function sync(input: SyncInput): Promise<void> {
  await uploadAll(input)
  await verify(input)
  await removeOrphans(input)
}

async function uploadAll(input: SyncInput): Promise<void> {
  const { plan, journal, store, directory, concurrency, signal, firstKey, progress } = input
  const context: UploadContext = { store, journal, directory, memory: new Semaphore(memoryLimit) }
  const bytesOf = ({ rewrite, file }: Upload) => (rewrite ? 0 : file.size)
  for (const { label, uploads } of uploadPhases(plan.entries)) {
    await input.ensureLocked()
    const bytes = uploads.reduce((sum, entry) => sum + bytesOf(entry), 0)
    await withProgress(progress(label, uploads.length, bytes), (bar) =>
      inParallel(
        uploads,
        concurrency,
        async (entry) => {
          await upload(entry, context)
          bar.tick(1, bytesOf(entry))
        },
        signal,
      ),
    )
  }
  if (input.listed && journal.uploadStarted) await compareListing(store, firstKey, plan, journal)
}

async function verify(input: SyncInput): Promise<void> {
  const { site, plan, journal, everyFile, progress } = input
  if (!site) return
  const { counts } = plan
  const changed = plan.entries.flatMap(({ file }) => (file ? [file] : []))
  const total = everyFile ? counts.upload + counts.update + counts.headers + counts.keep : changed.length
  if (total === 0) return
  const files: Iterable<DesiredObject> | AsyncIterable<DesiredObject> = everyFile ? everyFile() : changed
  await withProgress(progress(`Verifying through ${site.root}`, total), (bar) => {
    const onVerified = (key: string) => {
      journal.markVerified(key)
      bar.tick()
    }
    return verifyFiles(files, verifyOptions(input, site, onVerified))
  })
}

async function removeOrphans(input: SyncInput): Promise<void> {
  const { plan, journal, store, site, concurrency, signal, progress } = input
  for (const keys of deletePhases(plan.entries)) {
    const batches: string[][] = []
    for (let i = 0; i < keys.length; i += store.maxRemove) batches.push(keys.slice(i, i + store.maxRemove))
    await withProgress(progress('Deleting', keys.length), (bar) =>
      inParallel(
        batches,
        concurrency,
        async (batch) => {
          await input.ensureLocked()
          await store.remove(batch)
          for (const key of batch) journal.removed.add(key)
          bar.tick(batch.length)
        },
        signal,
      ),
    )
  }
  if (!site || journal.removed.size === 0) return
  const deleted = plan.entries.flatMap(({ key, record }) =>
    journal.removed.has(key) && isWritten(record) ? [record] : [],
  )
  await withProgress(progress('Verifying that it is gone', deleted.length), (bar) =>
    verifyGone(
      deleted,
      verifyOptions(input, site, () => bar.tick()),
    ),
  )
}

async function withProgress(bar: Progress, work: (bar: Progress) => Promise<void>): Promise<void> {
  try {
    await work(bar)
  } finally {
    bar.done()
  }
}

const verifyOptions = (
  { store, concurrency, signal, verifyTimeout }: SyncInput,
  site: PublicSite,
  onVerified: (key: string) => void,
): VerifyOptions => ({
  site,
  concurrency,
  timeout: verifyTimeout,
  keepsHeaders: store.keepsHeaders,
  signal,
  onVerified,
})
