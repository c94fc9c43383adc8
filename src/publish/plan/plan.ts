import type { StoredObject } from '../../backends/backend.ts'
import type { Action } from '../change.ts'
import type { DesiredObject } from '../site/objects.ts'
import type { StoredHeaders } from '../state/range.ts'
import type { StateRecord } from '../state/record.ts'
import type { State } from '../state/state.ts'
import type { Sorted } from '../store/listing.ts'
import { entryOfFile, entryOfOther, isOwn, isReplaced, type EntryOptions, type PlanEntry } from './entry.ts'
import { mergeJoin, type Joined } from './merge-join.ts'
import { withOtherSites } from './other-site.ts'

export interface Plan {
  /** Sorted by key: everything to change, verify or record anew. Other kept objects have no entry. */
  entries: PlanEntry[]
  /** How many keys there are of each action. */
  counts: Record<Action, number>
  /** Recorded keys that neither the site nor the listing has. A second listing has to confirm it. */
  missing: Set<string>
  /** Recorded keys whose objects are no longer the site's: their records are dropped. */
  dropped: Set<string>
  /** Those of them that something else has replaced since they were published. */
  replaced: string[]
  /** A file of the site that is below the prefix of another site, if any. */
  insideOtherSite?: { key: string; prefix: string }
  /** How many objects in the target earlier publishes wrote, by the state. */
  own: number
  /** How many of them are pages. */
  ownPages: number
  /** How many objects in the target are unmanaged: neither the site has them nor did a publish write them. */
  unmanaged: number
  /** Keys of pages whose content only the target could have, and that it would have to be sent. */
  lost: string[]
  /** The state has to be written even if no object is. */
  stateChanged: boolean
  /** The headers and redirects of the site's files, by their hash. */
  headers: Map<string, StoredHeaders>
}

export interface PlanInput extends Omit<EntryOptions, 'listed'> {
  files: Sorted<DesiredObject>
  /** The listing of the target; `undefined` to upload everything and delete nothing. */
  remote: Sorted<StoredObject> | undefined
  state: State | undefined
  /** Keep all assets as they are. */
  excludeAssets: boolean
  /** Make an entry for every key. */
  everything: boolean
}

/** A plan without entries. */
export const emptyPlan = (): Plan => ({
  entries: [],
  counts: { upload: 0, update: 0, headers: 0, keep: 0, delete: 0 },
  missing: new Set(),
  dropped: new Set(),
  replaced: [],
  own: 0,
  ownPages: 0,
  unmanaged: 0,
  lost: [],
  stateChanged: false,
  headers: new Map(),
})

type Compared = Joined<DesiredObject, StoredObject, StateRecord> & { otherSite?: string }

/** Compares the site with the listing of the target and with its state. */
export async function planPublish(input: PlanInput): Promise<Plan> {
  const { files, remote, state, excludeAssets, everything } = input
  const options: EntryOptions = { ...input, listed: remote !== undefined }
  const plan = emptyPlan()
  const joined = mergeJoin(files, remote ?? [], state?.records() ?? [])
  const compare = ({ key, a: file, b: object, c: record, otherSite }: Compared) => {
    if (otherSite !== undefined) {
      if (file) plan.insideOtherSite ??= { key, prefix: otherSite }
      if (record) plan.dropped.add(key)
      if (object) plan.unmanaged++
      return
    }
    if (file && !plan.headers.has(file.headersHash))
      plan.headers.set(file.headersHash, { headers: file.headers, redirect: file.redirect?.to })
    if (record && isOwn(record, object)) {
      plan.own++
      if (record.kind === 'page') plan.ownPages++
    }
    const excluded = excludeAssets && isAsset(file ?? record)
    const entry: PlanEntry | undefined = excluded
      ? { key, action: 'keep', reason: 'excluded' }
      : file
        ? entryOfFile(file, object, record, options)
        : entryOfOther(key, object, record, options)
    if (object && (!entry || (excluded && !record))) plan.unmanaged++
    if (!entry) {
      if (record) (object ? plan.dropped : plan.missing).add(key)
      if (record && isReplaced(record, object)) plan.replaced.push(key)
      return
    }
    if (file?.remote && entry.action !== 'keep') plan.lost.push(key)
    plan.counts[entry.action]++
    if (everything || entry.action !== 'keep' || entry.file || entry.recordAs) plan.entries.push(entry)
    if (entry.recordAs) plan.stateChanged = true
  }
  for await (const batch of withOtherSites(joined)) batch.forEach(compare)
  if (plan.missing.size > 0 || plan.dropped.size > 0) plan.stateChanged = true
  return plan
}

const isAsset = (file: { kind: string } | undefined) => file?.kind === 'asset' || file?.kind === 'hashed'
