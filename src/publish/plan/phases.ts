import type { PlanEntry } from './plan.ts'
import type { FileKind } from '../site/site.ts'
import type { SiteFile } from '../site/objects.ts'

/** A step of the upload. None begins before the one before it has ended well. */
export interface Phase {
  label: string
  uploads: Upload[]
}

/** A plan's entry that has something to upload. */
export type Upload = PlanEntry & { file: SiteFile }

/**
 * The uploads of a plan in the order that keeps the site whole: whoever gets a page, at any moment, finds
 * what it names. The root's page comes last of the pages, since it leads to the others.
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

/** The deletes of a plan, in the opposite order: what names another file goes before it. */
export function deletePhases(entries: readonly PlanEntry[]): string[][] {
  const deletes = entries.filter(({ action }) => action === 'delete')
  return (['redirect', 'page', 'asset', 'hashed'] as const)
    .map((kind) => deletes.filter((entry) => entry.kind === kind).map(({ key }) => key))
    .filter((keys) => keys.length > 0)
}
