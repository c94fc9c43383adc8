import type { Progress } from '../progress.ts'
import { compareListing } from './compare-listing.ts'
import { withContent } from './content.ts'
import type { Journal } from './journal.ts'
import { deletePhases, uploadPhases } from './phases.ts'
import { written, type Plan } from './plan.ts'
import { inParallel } from './pool.ts'
import type { PublicSite } from './public-site.ts'
import type { SiteFile } from './site.ts'
import { isWritten } from './state.ts'
import type { Store } from './store.ts'
import { verifyFiles, verifyGone, type VerifyOptions } from './verify.ts'

export interface SyncInput {
  plan: Plan
  journal: Journal
  store: Store
  /** Where the site's files are. */
  directory: string
  /** Where to see whether it is served; `undefined` not to look. */
  site: PublicSite | undefined
  /** Whether the target was listed, so that listing it again tells something. */
  listed: boolean
  concurrency: number
  signal: AbortSignal | undefined
  progress(label: string, total?: number): Progress
}

/**
 * Carries out a plan, in phases with barriers: whatever fails, no later phase begins, so that nothing is
 * deleted after a failed upload or before the new site was seen to be there.
 */
export async function sync(input: SyncInput): Promise<void> {
  const { plan, journal, store, site, listed } = input
  for (const { label, files } of uploadPhases(plan.entries))
    await counted(input, label, files, (file) => upload(input, file))
  if (listed && journal.begun) await compareListing(store, plan, journal)
  if (site) await verify(input, site)
  await removeOrphans(input)
}

async function upload({ directory, journal, store }: SyncInput, file: SiteFile): Promise<void> {
  const { etag } = await withContent(directory, file, (source) => {
    journal.begun = true
    return store.put(file.key, source, { headers: file.headers, redirect: file.redirect?.to })
  })
  journal.done.set(file.key, written(file, { etag, size: file.size }, store.keepsHeaders))
}

async function verify(input: SyncInput, site: PublicSite): Promise<void> {
  const files = input.plan.entries.flatMap(({ file }) => (file ? [file] : []))
  if (files.length === 0) return
  const bar = input.progress(`Verifying through ${site.root}`, files.length)
  try {
    await verifyFiles(files, verifyOptions(input, site, bar))
  } finally {
    bar.done()
  }
}

async function removeOrphans(input: SyncInput): Promise<void> {
  const { plan, journal, store, site } = input
  for (const keys of deletePhases(plan.entries)) {
    const batches: string[][] = []
    for (let i = 0; i < keys.length; i += store.maxRemove) batches.push(keys.slice(i, i + store.maxRemove))
    await counted(input, 'Deleting', batches, async (batch) => {
      await store.remove(batch)
      for (const key of batch) journal.removed.add(key)
    })
  }
  if (!site || journal.removed.size === 0) return
  const deleted = plan.entries.flatMap(({ key, record }) =>
    journal.removed.has(key) && isWritten(record) ? [record] : [],
  )
  const bar = input.progress('Verifying that it is gone', deleted.length)
  try {
    await verifyGone(deleted, verifyOptions(input, site, bar))
  } finally {
    bar.done()
  }
}

const verifyOptions = (
  { store, journal, concurrency, signal }: SyncInput,
  site: PublicSite,
  bar: Progress,
): VerifyOptions => ({
  site,
  concurrency,
  keepsHeaders: store.keepsHeaders,
  signal,
  onVerified(key) {
    journal.see(key)
    bar.tick()
  },
})

async function counted<T>(
  { concurrency, signal, progress }: SyncInput,
  label: string,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const bar = progress(label, items.length)
  try {
    await inParallel(items, concurrency, (item) => work(item).then(() => bar.tick()), signal)
  } finally {
    bar.done()
  }
}
