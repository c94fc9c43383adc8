import { relative } from 'node:path'
import { DistillError } from '../../errors.ts'
import type { ResolvedOptions } from '../../options.ts'
import type { ManifestLines } from './manifest-lines.ts'

/** The unmanaged files that stand where the site needs a folder, or in a folder where it needs a file. */
export function blockingFiles(unmanaged: readonly string[], lines: ManifestLines): string[] {
  if (unmanaged.length === 0) return []
  const folders = new Set([...lines.keys()].flatMap(foldersOf))
  return unmanaged.filter((key) => folders.has(key) || foldersOf(key).some((folder) => lines.has(folder)))
}

/** `a/b/c` is in `a` and `a/b`. */
const foldersOf = (key: string) =>
  key
    .split('/')
    .slice(0, -1)
    .map((_, i, folders) => folders.slice(0, i + 1).join('/'))

/** @throws {DistillError} `FILES_UNMANAGED` if there are any: the user may have no other copy of them */
export function refuseOverwriting(unmanaged: readonly string[], { outDir, root }: ResolvedOptions): void {
  if (unmanaged.length === 0) return
  const dir = relative(root, outDir) || outDir
  throw new DistillError(
    'FILES_UNMANAGED',
    `\`${dir}\` holds ${count(unmanaged)} that vite-distill did not write and would have to overwrite: ${unmanaged
      .slice(0, 5)
      .map((key) => `\`${key}\``)
      .join(', ')}${unmanaged.length > 5 ? ', …' : ''}`,
    { hint: `Give \`outDir\` a folder of its own, or empty \`${dir}\` if nothing in it is needed.` },
  )
}

export function unmanagedNotice(unmanaged: readonly string[], { outDir, root }: ResolvedOptions): string[] {
  if (unmanaged.length === 0) return []
  const dir = relative(root, outDir) || outDir
  return [
    `\`${dir}\` also holds ${count(unmanaged)} that vite-distill did not write: left alone, and not published: \`${unmanaged[0]}\`${unmanaged.length > 1 ? ', …' : ''}`,
  ]
}

const count = (files: readonly string[]) => (files.length === 1 ? 'a file' : `${files.length} files`)
