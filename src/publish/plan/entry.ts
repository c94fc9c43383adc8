import type { StoredObject } from '../../backends/backend.ts'
import type { KeepAssets } from '../../target-options.ts'
import type { Action, Change, Reason } from '../change.ts'
import type { DesiredObject } from '../site/objects.ts'
import type { FileKind } from '../site/site.ts'
import {
  isWritten,
  withPageOf,
  writtenRecord,
  type StateRecord,
  type WrittenRecord,
} from '../state/record.ts'

/** What a publish does about one key, with all that it needs to do so. */
export interface PlanEntry extends Change {
  /** The object to upload or to verify. */
  file?: DesiredObject
  /** The kind of an object to delete. */
  kind?: FileKind
  /** The ETag of an object to delete. Any other object under that key stays. */
  etag?: string
  /** The state's record of an object to change, or the pending one of an object to keep. */
  record?: StateRecord
  /** The record of a kept object, where the state has another. */
  recordAs?: WrittenRecord
  /** The ETag of the object that an upload replaces, `null` for none; `undefined` if the target was not listed. */
  replaces?: string | null
  /** Only headers differ, and the storage can replace them without an upload. */
  rewrite?: boolean
}

/** What the entries of all keys depend on. */
export interface EntryOptions {
  /** Whether the target is listed. If not, everything is uploaded and nothing deleted. */
  listed: boolean
  /** Whether the storage keeps headers. If not, headers never differ. */
  keepsHeaders: boolean
  /** The largest object whose headers can be replaced without an upload, in bytes. */
  maxRewrite: number
  /** Whether unmanaged objects are the site's own. */
  adopt: boolean
  /** How long hashed assets stay that the site no longer has. */
  keepAssets: KeepAssets | false
  /** The number of this publish, which `keepAssets.deploys` counts by. */
  deploy: number
  /** The time of this publish, in milliseconds. */
  now: number
}

const day = 24 * 60 * 60 * 1000

/** The entry of a key that the site has. */
export function entryOfFile(
  file: DesiredObject,
  object: StoredObject | undefined,
  known: StateRecord | undefined,
  { listed, keepsHeaders, maxRewrite, adopt }: EntryOptions,
): PlanEntry {
  const { key } = file
  const record = known && isUnused(known, object) ? undefined : known
  const change = (action: Action, reason: Reason): PlanEntry => ({
    key,
    action,
    reason,
    file,
    record: known,
    replaces: listed ? (object?.etag ?? null) : undefined,
  })
  const changeHeaders = (reason: Reason): PlanEntry => ({
    ...change('headers', reason),
    rewrite: maxRewrite > 0 && object !== undefined && object.size <= maxRewrite,
  })
  const keep = (more: Pick<PlanEntry, 'file' | 'record' | 'recordAs'>): PlanEntry => ({
    key,
    action: 'keep',
    reason: 'unchanged',
    ...more,
  })
  if (!listed) return change(record ? 'update' : 'upload', 'unknown')
  if (!object) return change('upload', 'new')

  const sameHeaders = !keepsHeaders || record?.headersHash === file.headersHash
  if (isWritten(record)) {
    if (record.wrong || !isAsRecorded(record, object)) return change('update', 'unknown')
    if (record.sha256 !== file.sha256 || record.encoding !== file.encoding) return change('update', 'content')
    if (!sameHeaders) return changeHeaders('headers')
    const isOutdated =
      record.left !== undefined ||
      record.replacing ||
      record.loose !== file.loose ||
      record.page !== file.page
    return keep({
      file: record.unverified && file,
      recordAs: isOutdated
        ? withPageOf(file, { ...record, left: undefined, replacing: undefined, loose: file.loose })
        : undefined,
    })
  }
  // Nobody knows the size and MD5 of compressed content in advance.
  const comparable = file.encoding === undefined
  if (comparable && object.size === file.size && object.md5 === file.md5) {
    // A listing does not show headers.
    if (!sameHeaders) return changeHeaders('unknown')
    const headersHash = keepsHeaders ? file.headersHash : ''
    const recordAs = writtenRecord(file, { ...object, headersHash })
    return keep(record ? { file, record, recordAs: { ...recordAs, unverified: true } } : { recordAs })
  }
  if (!record && !adopt) return change('update', 'unmanaged')
  const differs = object.size !== file.size || (object.md5 !== undefined && object.md5 !== file.md5)
  return change('update', comparable && differs ? 'content' : 'unknown')
}

/** The entry of a key that the site does not have; `undefined` for an object that is unmanaged or gone. */
export function entryOfOther(
  key: string,
  object: StoredObject | undefined,
  known: StateRecord | undefined,
  { listed, adopt, keepAssets, deploy, now }: EntryOptions,
): PlanEntry | undefined {
  if (!listed) {
    // The page of another build than those of the site.
    const recordAs = isWritten(known) && known.page !== undefined ? { ...known, page: undefined } : undefined
    return known && { key, action: 'keep', reason: 'orphan', recordAs }
  }
  const record = known && (isUnused(known, object) || isReplaced(known, object)) ? undefined : known
  if (!object || (!record && !adopt)) return undefined
  if (isWritten(record) && record.kind === 'hashed' && keepAssets) {
    const left = record.left ?? { deploy, at: now }
    const isKept =
      deploy - left.deploy < (keepAssets.deploys ?? 0) || now - left.at < (keepAssets.days ?? 0) * day
    const recordAs = record.left ? undefined : { ...record, left }
    if (isKept) return { key, action: 'keep', reason: 'orphan', recordAs }
  }
  const kind = record?.kind ?? (key.endsWith('.html') ? 'page' : 'asset')
  return { key, action: 'delete', reason: 'orphan', kind, etag: object.etag, record: known }
}

const isAsRecorded = ({ etag, size, modified }: WrittenRecord, object: StoredObject) =>
  object.etag === etag && object.size === size && (modified === undefined || object.modified === modified)

/** Whether an object is there that the publish of its record wrote, or may have written. */
export const isOwn = (record: StateRecord, object: StoredObject | undefined): boolean =>
  object !== undefined && !isUnused(record, object) && !isReplaced(record, object)

/** Whether something else has replaced an object since it was published. Its date may change with its headers. */
export const isReplaced = (record: StateRecord, object: StoredObject | undefined): boolean =>
  isWritten(record) &&
  !record.replacing &&
  object !== undefined &&
  (object.etag !== record.etag || object.size !== record.size)

/** A pending record whose publish died before the write: the unmanaged object is still there. */
const isUnused = (record: StateRecord, object: StoredObject | undefined) =>
  !isWritten(record) && object !== undefined && record.replaces === object.etag
