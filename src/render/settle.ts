import { existsSync } from 'node:fs'
import {
  type ManifestFile,
  type ManifestHeader,
  compareKeys,
  countFiles,
  manifestLines,
  readManifest,
} from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import { inTheWay, listForeign, refuseForeign } from './foreign.ts'
import type { SiteFile } from './manifest-file.ts'
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

export interface Settled {
  counts: ManifestHeader['counts']
  removed: number
  /** Files in the site's directory that are nobody's of this project. */
  foreign: string[]
}

/**
 * Puts the new site in place of the old one.
 * @throws {DistillError} `FILES_FOREIGN` where that would overwrite what this project did not write
 */
export function settle(
  files: readonly SiteFile[],
  { keys: owned }: Previous,
  options: ResolvedOptions,
  tag: string | undefined,
): Settled {
  const current = new Set(files.map(({ file }) => file.key))
  const foreign = listForeign(options.outDir, owned, current)
  const overwritten = files.filter(({ file, change }) => change === 'changed' && !owned.has(file.key))
  refuseForeign([...overwritten.map(({ file }) => file.key), ...inTheWay(foreign, current)], options)

  const orphans = [...owned].filter((key) => !current.has(key))
  const sorted = files.map(({ file }) => file).sort((a, b) => compareKeys(a.key, b.key))
  const counts = countFiles(sorted)
  const { siteId, base } = options
  const createdAt = new Date().toISOString()
  const header: ManifestHeader = { version: 1, siteId, base, ...(tag && { tag }), createdAt, counts }
  commitStaging(options, manifestLines(header, sorted), orphans)
  return { counts, removed: orphans.length, foreign }
}
