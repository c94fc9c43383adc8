import { relative } from 'node:path'
import { DistillError } from '../../errors.ts'
import type { ResolvedOptions } from '../../options.ts'
import type { SiteFiles } from './manifest-lines.ts'

/** Foreign files, which neither the last build nor this one wrote, that stand where a page needs a folder, or in a folder where it needs a file. */
export function inTheWay(foreign: readonly string[], current: SiteFiles): string[] {
  if (foreign.length === 0) return []
  const folders = new Set([...current.keys()].flatMap(foldersOf))
  return foreign.filter((key) => folders.has(key) || foldersOf(key).some((folder) => current.has(folder)))
}

/** `a/b/c` is in `a/b` and `a`. */
const foldersOf = (key: string) =>
  key
    .split('/')
    .slice(0, -1)
    .map((_, i, folders) => folders.slice(0, i + 1).join('/'))

/** @throws {DistillError} `FILES_UNMANAGED` where there are any: they are somebody's, and nothing else holds them */
export function refuseForeign(foreign: readonly string[], { outDir, root }: ResolvedOptions): void {
  if (foreign.length === 0) return
  const dir = relative(root, outDir) || outDir
  throw new DistillError(
    'FILES_UNMANAGED',
    `\`${dir}\` holds ${count(foreign)} that vite-distill did not write and would have to overwrite: ${foreign
      .slice(0, 5)
      .map((key) => `\`${key}\``)
      .join(', ')}${foreign.length > 5 ? ', …' : ''}`,
    { hint: `Give \`outDir\` a folder of its own, or empty \`${dir}\` if nothing in it is needed.` },
  )
}

export function foreignNotice(foreign: readonly string[], { outDir, root }: ResolvedOptions): string[] {
  if (foreign.length === 0) return []
  const dir = relative(root, outDir) || outDir
  return [
    `\`${dir}\` also holds ${count(foreign)} that vite-distill did not write: left alone, and not published: \`${foreign[0]}\`${foreign.length > 1 ? ', …' : ''}`,
  ]
}

const count = (files: readonly string[]) => (files.length === 1 ? 'a file' : `${files.length} files`)
