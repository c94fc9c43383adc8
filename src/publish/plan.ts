import type { StoredObject } from '../backends/backend.ts'
import { compareKeys } from '../manifest.ts'
import { cursor, firstKey } from './cursor.ts'
import type { SiteFile } from './site.ts'
import { isWritten, type State, type StateRecord, type Written } from './state.ts'

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

/** What is to be done about one key. */
export interface PlanEntry {
  key: string
  action: Action
  reason: Reason
  /** The site's file: where it is to be uploaded, or to be verified. */
  file?: SiteFile
  /** What the state says of it, where it is to be changed: of a million that are kept, one copy is enough. */
  record?: StateRecord
  /** What to record of an object that is kept though the state didn't know it. */
  adopt?: Written
  /** The ETag of an object that an upload replaces, `null` where there is none; `undefined` where nobody looked. */
  replaces?: string | null
}

export interface Plan {
  /** Sorted by key: all of the site's, and all the others that a publish wrote. */
  entries: PlanEntry[]
  /** Objects in the target, the publish wing's own not counted. */
  remote: number
  /** Those of them that are neither the site's nor were written by a publish. */
  foreign: number
  /** The state has to be written even if no object is. */
  stateChanged: boolean
}

export interface PlanInput {
  /** Sorted by key. */
  files: AsyncIterable<SiteFile> | Iterable<SiteFile>
  /** The listing, sorted by key; `undefined` to upload everything and delete nothing. */
  remote: readonly StoredObject[] | undefined
  state: State | undefined
  /** Whether the storage keeps headers: where it doesn't, a change of them is none. */
  keepsHeaders: boolean
  excludeAssets?: boolean
}

/** Compares the site with what the target holds and with what was recorded of it. */
export async function planPublish(input: PlanInput): Promise<Plan> {
  const plan: Plan = { entries: [], remote: input.remote?.length ?? 0, foreign: 0, stateChanged: false }
  const remote = cursor(input.remote ?? [])
  const records = cursor(input.state?.records() ?? [])

  const add = (key: string, file: SiteFile | undefined) => {
    const object = remote.take(key)
    const record = records.take(key)
    const excluded = input.excludeAssets === true && isAsset(file ?? record)
    const entry: PlanEntry | undefined = excluded
      ? { key, action: 'keep', reason: 'excluded' }
      : file
        ? planFile(file, object, record, input)
        : planOther(key, object, record, input)
    if (entry) plan.entries.push(entry)
    if (object && (!entry || (excluded && !record))) plan.foreign++
    // What is recorded and neither the site's nor there any more is forgotten.
    if ((record && !entry) || entry?.adopt) plan.stateChanged = true
  }
  for await (const file of input.files) {
    for (let key; (key = firstKey(remote.key, records.key)) !== undefined && compareKeys(key, file.key) < 0;)
      add(key, undefined)
    add(file.key, file)
  }
  for (let key; (key = firstKey(remote.key, records.key)) !== undefined;) add(key, undefined)
  return plan
}

function planFile(
  file: SiteFile,
  object: StoredObject | undefined,
  known: StateRecord | undefined,
  { remote, keepsHeaders }: PlanInput,
): PlanEntry {
  const { key } = file
  // While the foreign object that a publish was about to replace is still there, that publish never came to it.
  const record = known && isUnwritten(known, object) ? undefined : known
  const upload = (action: Action, reason: Reason): PlanEntry => ({
    key,
    action,
    reason,
    file,
    record: known,
    ...(remote && { replaces: object?.etag ?? null }),
  })
  if (!remote) return record ? upload('update', 'unknown') : upload('upload', 'unknown')
  if (!object) return upload('upload', 'new')

  const sameHeaders = !keepsHeaders || record?.headersHash === file.headersHash
  if (isWritten(record)) {
    if (!isAsRecorded(record, object)) return upload('update', 'unknown')
    if (record.sha256 !== file.sha256) return upload('update', 'content')
    if (!sameHeaders) return upload('headers', 'headers')
    return { key, action: 'keep', reason: 'unchanged', ...(record.unverified && { file }) }
  }
  const sameContent = object.size === file.size && object.md5 === file.md5
  if (sameContent && (sameHeaders || !record)) {
    const adopt = written(file, object, keepsHeaders)
    return record
      ? { key, action: 'keep', reason: 'unchanged', adopt: { ...adopt, unverified: true }, file }
      : { key, action: 'keep', reason: 'unchanged', adopt }
  }
  const differs = object.size !== file.size || (object.md5 !== undefined && object.md5 !== file.md5)
  return upload('update', differs ? 'content' : 'unknown')
}

/** A key that the site doesn't have. */
function planOther(
  key: string,
  object: StoredObject | undefined,
  record: StateRecord | undefined,
  { remote }: PlanInput,
): PlanEntry | undefined {
  if (!record) return undefined
  if (!remote) return { key, action: 'keep', reason: 'orphan' }
  if (!object || isUnwritten(record, object)) return undefined
  return { key, action: 'delete', reason: 'orphan', record }
}

/** What to record of an object that holds a file of the site. */
export const written = (
  { key, kind, sha256, headersHash }: SiteFile,
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
})

const isAsRecorded = ({ etag, size, modified }: Written, object: StoredObject) =>
  object.etag === etag && object.size === size && (modified === undefined || object.modified === modified)

const isUnwritten = (record: StateRecord, object: StoredObject | undefined) =>
  !isWritten(record) && object !== undefined && record.replaces === object.etag

const isAsset = (file: { kind: string } | undefined) => file?.kind === 'asset' || file?.kind === 'hashed'
