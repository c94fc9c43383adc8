import type { PlanEntry } from './plan.ts'
import type { FileKind, SiteFile } from './site.ts'

/** A step of the upload. None begins before the one before it has ended well. */
export interface Phase {
  label: string
  files: SiteFile[]
}

/**
 * The uploads of a plan in the order that keeps the site whole: whoever gets a page, at any moment, finds
 * what it names. The root's page comes last of the pages, since it leads to the others.
 */
export function uploadPhases(entries: readonly PlanEntry[]): Phase[] {
  const uploads = entries.flatMap(({ action, file }) => (action !== 'keep' && file ? [file] : []))
  const isRoot = ({ key }: SiteFile) => key === 'index.html'
  const of = (...kinds: FileKind[]) => uploads.filter(({ kind }) => kinds.includes(kind))
  return [
    { label: 'Uploading hashed assets', files: of('hashed') },
    { label: 'Uploading assets', files: of('asset') },
    { label: 'Uploading pages', files: of('page').filter((file) => !isRoot(file)) },
    { label: 'Uploading the root page', files: of('page').filter(isRoot) },
    { label: 'Uploading redirects', files: of('redirect') },
  ].filter(({ files }) => files.length > 0)
}

/** The deletes of a plan, in the opposite order: what names another file goes before it. */
export function deletePhases(entries: readonly PlanEntry[]): string[][] {
  const deletes = entries.filter(({ action }) => action === 'delete')
  return (['redirect', 'page', 'asset', 'hashed'] as const)
    .map((kind) => deletes.filter(({ record }) => record?.kind === kind).map(({ key }) => key))
    .filter((keys) => keys.length > 0)
}
