import type { Sorted } from '../store/listing.ts'
import type { StoredObject } from '../../backends/backend.ts'
import type { KeepAssets } from '../../target-options.ts'
import { join } from './merge-join.ts'
import type { FileKind } from '../site/site.ts'
import { isWritten, type State, type StateRecord, type Written } from '../state/state.ts'
import type { SiteFile } from '../site/objects.ts'

export type Action = 'upload' | 'update' | 'headers' | 'keep' | 'delete'

/**
 * - `new`: the target doesn't have it
 * - `content`, `headers`: the target has it with other content or other headers
 * - `unknown`: what the target has was written by something else, or nobody recorded what it is
 * - `orphan`: an earlier publish wrote it and the site no longer has it
 * - `unchanged`: the target has just this
 * - `excluded`: left out by `--exclude-assets`
 */
export type Reason = 'new' | 'content' | 'headers' | 'unknown' | 'orphan' | 'unchanged' | 'excluded'

/** What is to be done, or was done, about one key. */
export interface Change {
  key: string
  action: Action
  reason: Reason
}

/** What is to be done about one key, or recorded of it. */
export interface PlanEntry {
  key: string
  action: Action
  reason: Reason
  /** The site's file: where it is to be uploaded, or to be verified. */
  file?: SiteFile
  /** What to delete. */
  kind?: FileKind
  /** What the state says of it, where it is to be changed. */
  record?: StateRecord
  /** What to record of an object that is kept, where the state says something else. */
  recordAs?: Written
  /** The ETag of an object that an upload replaces, `null` where there is none; `undefined` where nobody looked. */
  replaces?: string | null
  /** The object has the content already: what is stored beside it is changed in place. */
  rewrite?: true
}

export interface Plan {
  /** Sorted by key: all that is to be done, verified or recorded. Of what just stays there is no entry. */
  entries: PlanEntry[]
  /** How many keys there are of each action. */
  counts: Record<Action, number>
  /** Keys that are recorded, and neither the site's nor there any more. */
  forgotten: Set<string>
  /** Objects in the target, the publish wing's own not counted. */
  remote: number
  /** Those of them that are neither the site's nor were written by a publish. */
  foreign: number
  /** The state has to be written even if no object is. */
  stateChanged: boolean
}

export interface PlanInput {
  files: Sorted<SiteFile>
  /** The listing; `undefined` to upload everything and delete nothing. */
  remote: Sorted<StoredObject> | undefined
  state: State | undefined
  /** Whether the storage keeps headers: where it doesn't, a change of them is none. */
  keepsHeaders: boolean
  /** The largest object whose headers can be changed in place. */
  maxRewrite: number
  excludeAssets?: boolean
  /** Take what no publish wrote for the site's own. */
  adopt?: boolean
  /** How long hashed assets stay that the site no longer has. */
  keepAssets?: KeepAssets | false
  /** The number of this publish, which `keepAssets` counts by, and its time in milliseconds. */
  deploy: number
  now: number
  /** Make an entry of what just stays, too. */
  everything?: boolean
}

/** Compares the site with what the target holds and with what was recorded of it. */
export async function planPublish(input: PlanInput): Promise<Plan> {
  const plan: Plan = {
    entries: [],
    counts: { upload: 0, update: 0, headers: 0, keep: 0, delete: 0 },
    forgotten: new Set(),
    remote: 0,
    foreign: 0,
    stateChanged: false,
  }
  const sources = [input.files, input.remote ?? [], input.state?.records() ?? []] as const
  for await (const { key, a: file, b: object, c: record } of join(...sources)) {
    if (object) plan.remote++
    const excluded = input.excludeAssets === true && isAsset(file ?? record)
    const entry: PlanEntry | undefined = excluded
      ? { key, action: 'keep', reason: 'excluded' }
      : file
        ? planFile(file, object, record, input)
        : planOther(key, object, record, input)
    if (object && (!entry || (excluded && !record))) plan.foreign++
    if (!entry) {
      if (record) plan.forgotten.add(key)
      continue
    }
    plan.counts[entry.action]++
    if (input.everything || entry.action !== 'keep' || entry.file || entry.recordAs) plan.entries.push(entry)
    if (entry.recordAs) plan.stateChanged = true
  }
  if (plan.forgotten.size > 0) plan.stateChanged = true
  return plan
}

function planFile(
  file: SiteFile,
  object: StoredObject | undefined,
  known: StateRecord | undefined,
  { remote, keepsHeaders, maxRewrite }: PlanInput,
): PlanEntry {
  const { key } = file
  // While the foreign object that a publish was about to replace is still there, that publish never came to it.
  const record = known && isUnwritten(known, object) ? undefined : known
  const upload = (action: Action, reason: Reason): PlanEntry => ({
    key,
    action,
    reason,
    file,
    ...(known && { record: known }),
    ...(remote && { replaces: object?.etag ?? null }),
  })
  if (!remote) return record ? upload('update', 'unknown') : upload('upload', 'unknown')
  if (!object) return upload('upload', 'new')

  const sameHeaders = !keepsHeaders || record?.headersHash === file.headersHash
  if (isWritten(record)) {
    if (!isAsRecorded(record, object)) return upload('update', 'unknown')
    if (record.sha256 !== file.sha256 || record.encoding !== file.encoding) return upload('update', 'content')
    if (!sameHeaders)
      return { ...upload('headers', 'headers'), ...(object.size <= maxRewrite && { rewrite: true }) }
    const { left, ...stays } = record
    return {
      key,
      action: 'keep',
      reason: 'unchanged',
      ...(record.unverified && { file }),
      ...(left && { recordAs: stays }),
    }
  }
  // What is stored compressed has a size and an MD5 that nobody knows beforehand.
  if (file.encoding) return upload('update', 'unknown')
  const sameContent = object.size === file.size && object.md5 === file.md5
  if (sameContent && (sameHeaders || !record)) {
    const recordAs = written(file, object, keepsHeaders)
    return record
      ? { key, action: 'keep', reason: 'unchanged', recordAs: { ...recordAs, unverified: true }, file }
      : { key, action: 'keep', reason: 'unchanged', recordAs }
  }
  const differs = object.size !== file.size || (object.md5 !== undefined && object.md5 !== file.md5)
  return upload('update', differs ? 'content' : 'unknown')
}

/** A key that the site doesn't have. */
function planOther(
  key: string,
  object: StoredObject | undefined,
  known: StateRecord | undefined,
  { remote, adopt, keepAssets, deploy, now }: PlanInput,
): PlanEntry | undefined {
  if (!remote) return known && { key, action: 'keep', reason: 'orphan' }
  const record = known && isUnwritten(known, object) ? undefined : known
  if (!object || (!record && !adopt)) return undefined
  if (isWritten(record) && record.kind === 'hashed' && keepAssets) {
    const left = record.left ?? { deploy, at: now }
    if (deploy - left.deploy < (keepAssets.deploys ?? 0) || now - left.at < (keepAssets.days ?? 0) * day) {
      return { key, action: 'keep', reason: 'orphan', ...(!record.left && { recordAs: { ...record, left } }) }
    }
  }
  const kind = record?.kind ?? (key.endsWith('.html') ? 'page' : 'asset')
  return { key, action: 'delete', reason: 'orphan', kind, ...(known && { record: known }) }
}

const day = 24 * 60 * 60 * 1000

/** What to record of an object that holds a file of the site. */
export const written = (
  { key, kind, sha256, headersHash, encoding }: SiteFile,
  { etag, size, modified }: Pick<Written, 'etag' | 'size' | 'modified'>,
  keepsHeaders: boolean,
): Written => ({
  key,
  kind,
  sha256,
  headersHash: keepsHeaders ? headersHash : '',
  etag,
  size,
  ...(modified !== undefined && { modified }),
  ...(encoding && { encoding }),
})

const isAsRecorded = ({ etag, size, modified }: Written, object: StoredObject) =>
  object.etag === etag && object.size === size && (modified === undefined || object.modified === modified)

const isUnwritten = (record: StateRecord, object: StoredObject | undefined) =>
  !isWritten(record) && object !== undefined && record.replaces === object.etag

const isAsset = (file: { kind: string } | undefined) => file?.kind === 'asset' || file?.kind === 'hashed'
