import { inParallel } from '../parallel.ts'
import { uploadPhases, type Upload } from '../plan/phases.ts'
import type { DesiredObject } from '../site/objects.ts'
import { isWritten } from '../state/record.ts'
import type { PublicSite } from '../verify/public-site.ts'
import { UnverifiedError, verifyFiles, verifyGone, type VerifyOptions } from '../verify/verify.ts'
import { compareListing } from './compare-listing.ts'
import { EarlyVerification } from './early-verification.ts'
import { keepReplaced } from './keep-replaced.ts'
import { purgeRemoved, purgeWritten } from './purge.ts'
import { removeOrphans } from './remove-orphans.ts'
import type { SyncInput } from './sync-input.ts'
import { upload, type UploadContext } from './upload.ts'
import { withProgress } from './with-progress.ts'

/**
 * Executes a plan in phases. A phase begins only after the one before it has succeeded: nothing is deleted after a
 * failed upload, or before the new site was verified.
 */
export async function sync(input: SyncInput): Promise<void> {
  await keepReplaced(input)
  const early = new EarlyVerification(input)
  try {
    await uploadAll(input, early)
    await early.finish()
  } catch (error) {
    await early.abort()
    throw error
  }
  await purgeWritten(input)
  await verify(input)
  await removeOrphans(input)
  await purgeRemoved(input)
  await verifyRemoved(input)
}

async function uploadAll(input: SyncInput, early: EarlyVerification): Promise<void> {
  const { plan, journal, store, write, concurrency, signal, firstKey, progress } = input
  const context: UploadContext = { store, journal, write }
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
    early.add(uploads)
  }
  if (input.listed && (journal.uploadStarted || plan.missing.size > 0))
    await compareListing(store, firstKey, plan, journal)
}

async function verify(input: SyncInput): Promise<void> {
  const { site, plan, journal, everyFile, progress } = input
  if (!site) return
  const { counts } = plan
  const unverified = plan.entries.flatMap(({ file }) =>
    file && journal.unverified?.has(file.key) ? [file] : [],
  )
  const total = everyFile ? counts.upload + counts.update + counts.headers + counts.keep : unverified.length
  if (total === 0) return
  const files: Iterable<DesiredObject> | AsyncIterable<DesiredObject> = everyFile ? everyFile() : unverified
  await withProgress(progress(`Verifying through ${site.root}`, total), (bar) => {
    const onVerified = (key: string) => {
      journal.markVerified(key)
      bar.tick()
    }
    return verifyFiles(files, verifyOptions(input, site, onVerified)).catch((error: unknown) => {
      const mismatches = error instanceof UnverifiedError ? error.mismatches : []
      for (const { key, stale } of mismatches) if (!stale) journal.markWrong(key)
      throw error
    })
  })
}

async function verifyRemoved(input: SyncInput): Promise<void> {
  const { plan, journal, site, progress } = input
  if (!site || journal.removed.size === 0) return
  const deleted = plan.entries.flatMap(({ key, record }) =>
    journal.removed.has(key) && isWritten(record) ? [record] : [],
  )
  await withProgress(progress('Verifying that it is gone', deleted.length), async (bar) => {
    const options = verifyOptions(input, site, () => bar.tick())
    journal.stillCached = await verifyGone(deleted, options)
  })
}

const verifyOptions = (
  { comparison, concurrency, signal, verifyTimeout }: SyncInput,
  site: PublicSite,
  onVerified: (key: string) => void,
): VerifyOptions => ({
  site,
  concurrency,
  timeout: verifyTimeout,
  comparison,
  signal,
  onVerified,
})
