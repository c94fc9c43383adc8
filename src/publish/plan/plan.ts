import type { StoredObject } from '../../backends/backend.ts'
import type { Action } from '../change.ts'
import type { DesiredObject } from '../site/objects.ts'
import type { State } from '../state/state.ts'
import type { Sorted } from '../store/listing.ts'
import { entryOfFile, entryOfOther, type EntryOptions, type PlanEntry } from './entry.ts'
import { mergeJoin } from './merge-join.ts'

export interface Plan {
  /** Sorted by key: everything to change, verify or record anew. Other kept objects have no entry. */
  entries: PlanEntry[]
  /** How many keys there are of each action. */
  counts: Record<Action, number>
  /** Recorded keys that neither the site nor the target has: their records are dropped. */
  vanished: Set<string>
  /** How many objects the target holds, without the publish wing's own. */
  remote: number
  /** How many of them are unmanaged: neither the site has them nor did a publish write them. */
  unmanaged: number
  /** The state has to be written even if no object is. */
  stateChanged: boolean
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

/** Compares the site with the listing of the target and with its state. */
export async function planPublish(input: PlanInput): Promise<Plan> {
  const { files, remote, state, excludeAssets, everything } = input
  const options: EntryOptions = { ...input, listed: remote !== undefined }
  const plan: Plan = {
    entries: [],
    counts: { upload: 0, update: 0, headers: 0, keep: 0, delete: 0 },
    vanished: new Set(),
    remote: 0,
    unmanaged: 0,
    stateChanged: false,
  }
  const joined = mergeJoin(files, remote ?? [], state?.records() ?? [])
  for await (const { key, a: file, b: object, c: record } of joined) {
    if (object) plan.remote++
    const excluded = excludeAssets && isAsset(file ?? record)
    const entry: PlanEntry | undefined = excluded
      ? { key, action: 'keep', reason: 'excluded' }
      : file
        ? entryOfFile(file, object, record, options)
        : entryOfOther(key, object, record, options)
    if (object && (!entry || (excluded && !record))) plan.unmanaged++
    if (!entry) {
      if (record) plan.vanished.add(key)
      continue
    }
    plan.counts[entry.action]++
    if (everything || entry.action !== 'keep' || entry.file || entry.recordAs) plan.entries.push(entry)
    if (entry.recordAs) plan.stateChanged = true
  }
  if (plan.vanished.size > 0) plan.stateChanged = true
  return plan
}

const isAsset = (file: { kind: string } | undefined) => file?.kind === 'asset' || file?.kind === 'hashed'
