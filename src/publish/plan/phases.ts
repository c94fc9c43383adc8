import type { DesiredObject } from '../site/objects.ts'
import type { FileKind } from '../site/site.ts'
import type { PlanEntry } from './entry.ts'

/** A group of uploads. A phase begins only after the one before it has succeeded. */
export interface Phase {
  /** For the progress line. */
  label: string
  uploads: Upload[]
}

/** A plan's entry with an object to upload. */
export type Upload = PlanEntry & { file: DesiredObject }

/**
 * The uploads of a plan, in the order that keeps the site whole: at every moment, every page finds what it names.
 * The root page links to the others, so it is the last page.
 */
export function uploadPhases(entries: readonly PlanEntry[]): Phase[] {
  const uploads = entries.filter(
    (entry): entry is Upload => entry.action !== 'keep' && entry.file !== undefined,
  )
  const isRoot = ({ key }: Upload) => key === 'index.html'
  const of = (kind: FileKind) => uploads.filter(({ file }) => file.kind === kind)
  return [
    { label: 'Uploading hashed assets', uploads: of('hashed') },
    { label: 'Uploading assets', uploads: of('asset') },
    { label: 'Uploading pages', uploads: of('page').filter((upload) => !isRoot(upload)) },
    { label: 'Uploading the root page', uploads: of('page').filter(isRoot) },
    { label: 'Uploading redirects', uploads: of('redirect') },
  ].filter(({ uploads }) => uploads.length > 0)
}

/** An object to delete, as the plan saw it. */
export interface Orphan {
  key: string
  etag: string
}

/** The objects to delete, in the opposite order: a page goes before the assets that it names. */
export function deletePhases(entries: readonly PlanEntry[]): Orphan[][] {
  const deletes = entries.filter(({ action }) => action === 'delete')
  return (['redirect', 'page', 'asset', 'hashed'] as const)
    .map((kind) => deletes.filter((entry) => entry.kind === kind))
    .filter((entries) => entries.length > 0)
    .map((entries) => entries.map(({ key, etag }) => ({ key, etag: etag! })))
}
