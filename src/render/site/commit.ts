import { existsSync } from 'node:fs'
import { type ManifestFile, type ManifestHeader, readManifest } from '../../manifest.ts'
import type { ResolvedOptions } from '../../options.ts'
import { inTheWay, refuseForeign } from './unmanaged.ts'
import type { SiteFiles } from './manifest-lines.ts'
import { commitStaging } from './staging.ts'

/** What the last build wrote: only these files may be overwritten or removed. */
export interface Previous {
  header: ManifestHeader | undefined
  keys: ReadonlySet<string>
  /** Only where they were asked for. */
  files: ManifestFile[]
}

/**
 * Reads the last build's manifest; there may be none.
 * @param keepFiles Whether the whole of each line is wanted, and not only the keys
 */
export async function readPrevious({ manifestFile }: ResolvedOptions, keepFiles: boolean): Promise<Previous> {
  const keys = new Set<string>()
  const previous: Previous = { header: undefined, keys, files: [] }
  if (!existsSync(manifestFile)) return previous
  const { header, files } = await readManifest(manifestFile)
  for await (const file of files()) {
    keys.add(file.key)
    if (keepFiles) previous.files.push(file)
  }
  return { ...previous, header }
}

export interface Settling {
  files: SiteFiles
  /** Files in the site's directory that neither the last build nor this one wrote. */
  foreign: readonly string[]
  previous: Previous
  options: ResolvedOptions
  tags: Pick<ManifestHeader, 'tag' | 'tagged'>
}

/**
 * Puts the new site in place of the old one.
 * @throws {DistillError} `FILES_UNMANAGED` where that would overwrite what this project did not write
 */
export function settle({ files, foreign, previous, options, tags }: Settling): { removed: number } {
  refuseForeign([...files.overwritten, ...inTheWay(foreign, files)], options)
  const orphans = [...previous.keys].filter((key) => !files.has(key))
  const { siteId, base } = options
  const createdAt = new Date().toISOString()
  const header: ManifestHeader = {
    version: 1,
    siteId,
    base,
    ...tags,
    createdAt,
    counts: files.counts,
  }
  commitStaging(options, header, files.lines(), orphans)
  return { removed: orphans.length }
}
