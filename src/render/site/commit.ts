import { existsSync } from 'node:fs'
import { type ManifestFile, type ManifestHeader, readManifest } from '../../manifest.ts'
import type { ResolvedOptions } from '../../options.ts'
import { blockingFiles, refuseOverwriting } from './unmanaged.ts'
import type { ManifestLines } from './manifest-lines.ts'
import { commitStaging } from './staging.ts'

/** The site that the last build wrote. A build overwrites and removes only these files. */
export interface LastSite {
  /** Undefined before the first build. */
  header: ManifestHeader | undefined
  keys: ReadonlySet<string>
  /** Empty unless `keepFiles` asked for them. */
  files: ManifestFile[]
}

/**
 * Reads the last build's manifest, if there is one.
 * @param keepFiles Whether to keep the whole of each line, and not only its key
 */
export async function readLastSite({ manifestFile }: ResolvedOptions, keepFiles: boolean): Promise<LastSite> {
  const keys = new Set<string>()
  const kept: ManifestFile[] = []
  if (!existsSync(manifestFile)) return { header: undefined, keys, files: kept }
  const { header, files } = await readManifest(manifestFile)
  for await (const file of files()) {
    keys.add(file.key)
    if (keepFiles) kept.push(file)
  }
  return { header, keys, files: kept }
}

export interface CommitInput {
  lines: ManifestLines
  /** Files in the site's directory that neither the last build nor this one wrote. */
  unmanaged: readonly string[]
  last: LastSite
  options: ResolvedOptions
  tags: Pick<ManifestHeader, 'tag' | 'tagged'>
}

/**
 * Replaces the last site with the new one.
 * @returns How many files of the last site were removed
 * @throws {DistillError} `FILES_UNMANAGED` if that would overwrite files that no build wrote
 */
export function commitSite({ lines, unmanaged, last, options, tags }: CommitInput): number {
  refuseOverwriting([...lines.overwritten, ...blockingFiles(unmanaged, lines)], options)
  const orphans = [...last.keys].filter((key) => !lines.has(key))
  const { siteId, base } = options
  const header: ManifestHeader = {
    version: 1,
    siteId,
    base,
    ...tags,
    createdAt: new Date().toISOString(),
    counts: lines.counts,
  }
  commitStaging(options, header, lines.sorted(), orphans)
  return orphans.length
}
