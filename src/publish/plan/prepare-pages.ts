import type { StoredObject } from '../../backends/backend.ts'
import { DistillError } from '../../errors.ts'
import { compareKeys } from '../../keys.ts'
import { inParallel } from '../parallel.ts'
import type { DesiredObject } from '../site/objects.ts'
import type { SelectedPages } from '../site/select-pages.ts'
import { isWritten, type StateRecord } from '../state/record.ts'
import type { Store } from '../store/store.ts'
import { entryOfFile, type PlanEntry } from './entry.ts'
import { emptyPlan, type Plan } from './plan.ts'
import { defaultKeepAssets, deployOf, type PrepareInput, type Prepared } from './prepare.ts'
import { remotePagesError } from './remote-pages.ts'
import { olderSiteError, refuseDamagedState, refusedKeysError, refuseOtherSite } from './refuse.ts'

/** Keys that are asked for at a time. */
const concurrency = 16

/**
 * Makes a plan for some pages of the site, of which alone the storage is asked. Everything else stays as it is. Changes
 * nothing.
 * @throws {DistillError} as `prepare`; `PAGES_REFUSED` where the pages would not work in the target
 */
export async function preparePages(
  { site, store, stateObject, target, flags }: PrepareInput,
  { objects, assets }: SelectedPages,
): Promise<Prepared> {
  const keys = [...objects.map(({ key }) => key), ...assets.map(({ asset }) => asset.key)]
  const { state, damaged } = await stateObject.read(keys)
  refuseDamagedState(damaged, store.name, false)
  refuseOtherSite(site.header, state, store.name)
  if (!state) {
    throw new DistillError('PAGES_REFUSED', `nothing was published to \`${store.name}\` yet`, {
      hint: 'Publish the whole site first: a page needs its assets, and visitors the other pages.',
    })
  }
  const wanted = new Set(keys)
  const records = new Map<string, StateRecord>()
  for (const record of state.records()) if (wanted.has(record.key)) records.set(record.key, record)
  refuseWithoutAssets(assets, records, store)

  const deploy = deployOf(site, state)
  const loose: true | undefined = state.header.releases?.length ? true : undefined
  const { keepsHeaders, maxRewrite } = store
  const keepAssets = target.keepAssets ?? defaultKeepAssets
  const options = {
    listed: true,
    keepsHeaders,
    maxRewrite,
    adopt: false,
    keepAssets,
    deploy,
    now: Date.now(),
  }
  const found = await findObjects(objects, store)
  const plan: Plan = emptyPlan()
  for (const file of [...objects].sort((a, b) => compareKeys(a.key, b.key))) {
    const record = records.get(file.key)
    // What the target records of the page stays true while its content does.
    const known = isWritten(record) && record.sha256 === file.sha256 ? record : { page: undefined, loose }
    const desired = { ...file, page: known.page, loose: known.loose }
    const entry: PlanEntry = entryOfFile(desired, found.get(file.key), record, options)
    if (file.remote && entry.action !== 'keep') plan.lost.push(file.key)
    plan.counts[entry.action]++
    plan.headers.set(file.headersHash, { headers: file.headers, redirect: file.redirect?.to })
    if (flags.dryRun || entry.action !== 'keep' || entry.file || entry.recordAs) plan.entries.push(entry)
    if (entry.recordAs) plan.stateChanged = true
  }
  const { keep: _, ...changes } = plan.counts
  const changed = Object.values(changes).some((count) => count > 0)
  return {
    plan,
    state,
    stateDamaged: false,
    deploy,
    firstKey: undefined,
    nothingToDo: !changed && !plan.stateChanged && plan.entries.every(({ file }) => !file),
    refused:
      (changed && !flags.allowOlder ? olderSiteError(site, state, store.name) : undefined) ??
      remotePagesError(plan, site, state, store.name) ??
      refusedKeysError(plan, store),
  }
}

/** The objects that the target holds under the keys of these files. Each takes a request. */
async function findObjects(
  files: readonly DesiredObject[],
  store: Store,
): Promise<ReadonlyMap<string, StoredObject>> {
  const found = new Map<string, StoredObject>()
  await inParallel(files, concurrency, async ({ key }) => {
    const object = (await store.list(key)).find((object) => object.key === key)
    if (object) found.set(key, object)
  })
  return found
}

function refuseWithoutAssets(
  assets: SelectedPages['assets'],
  records: ReadonlyMap<string, StateRecord>,
  store: Store,
): void {
  const missing = assets.filter(({ asset: { key, sha256 } }) => {
    const record = records.get(key)
    return !isWritten(record) || record.sha256 !== sha256 || record.wrong
  })
  if (missing.length === 0) return
  const names = missing.slice(0, 5).map(({ asset, page }) => `\`${asset.key}\`, which \`${page}\` names`)
  const more = missing.length > 5 ? [`${missing.length - 5} more`] : []
  throw new DistillError(
    'PAGES_REFUSED',
    `\`${store.name}\` does not hold ${[...names, ...more].join(', ')} as it was built`,
    { hint: 'Publish the whole site: these pages come from another build than what is published.' },
  )
}
