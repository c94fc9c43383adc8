import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { DistillError, messageOf } from '../../errors.ts'
import { type ManifestFile, type ManifestHeader, type RemotePages, readManifest } from '../../manifest.ts'
import { Journal, journalFile } from '../../manifest-journal.ts'
import type { ResolvedOptions } from '../../options.ts'
import type { Staging } from '../../staging/staging.ts'
import { blockingFiles, refuseOverwriting } from './unmanaged.ts'
import type { ManifestLines } from './manifest-lines.ts'
import { uninterrupted } from './uninterrupted.ts'

/** The site that the last build wrote. A build overwrites and removes only these files. */
export interface LastSite {
  /** Undefined before the first build. */
  header: ManifestHeader | undefined
  /** The `createdAt` of its manifest. */
  builtAt?: string
  /** Those of the files that are here. */
  keys: ReadonlySet<string>
  /** Keys that were written or removed since the build. */
  written: ReadonlySet<string>
  /** Empty unless `keepFiles` asked for them. */
  files: ManifestFile[]
  /** Its manifest is damaged: `keys` are only those before the damage. */
  damaged: boolean
  notices: string[]
}

/**
 * Reads the last build's manifest, if there is one. Of a damaged one, the lines before the damage count.
 * @param keepFiles Whether to keep the whole of each line, and not only its key
 * @throws {DistillError} `MANIFEST_INVALID` if it is damaged and `keepFiles` needs all of it
 */
export async function readLastSite(
  { manifestFile, root }: ResolvedOptions,
  keepFiles: boolean,
): Promise<LastSite> {
  const keys = new Set<string>()
  const written = new Set<string>()
  const last: LastSite = { header: undefined, keys, written, files: [], damaged: false, notices: [] }
  if (!existsSync(manifestFile)) return last
  try {
    const { header, builtAt, files } = await readManifest(manifestFile)
    last.header = header
    last.builtAt = builtAt
    for (const key of new Journal(journalFile(manifestFile), builtAt).read().files.keys()) written.add(key)
    for await (const file of files()) {
      if (!file.remote) keys.add(file.key)
      if (keepFiles) last.files.push(file)
    }
  } catch (error) {
    if (keepFiles || !(error instanceof DistillError) || error.code !== 'MANIFEST_INVALID') throw error
    last.damaged = true
    last.notices.push(
      `${messageOf(error).replace(manifestFile, relative(root, manifestFile))}. This build writes a new one; it removes none of the files that it cannot find in the old one.`,
    )
  }
  return last
}

export interface CommitInput {
  staging: Staging
  lines: ManifestLines
  /** What is known of the pages, for the next build. It ends with the `createdAt` of the manifest. */
  records: { end: (manifest: string) => void } | undefined
  /** Files in the site's directory that neither the last build nor this one wrote. */
  unmanaged: readonly string[]
  last: LastSite
  options: ResolvedOptions
  tags: Pick<ManifestHeader, 'tag' | 'tagged'>
  /** The target that has the files of some pages. */
  remote: Omit<RemotePages, 'pages'> | undefined
}

/**
 * Replaces the last site with the new one.
 * @returns The header of the manifest, and the keys of the last site's files that were removed
 * @throws {DistillError} `FILES_UNMANAGED` if that would overwrite files that no build wrote; `WRITE_FAILED`
 */
export async function commitSite({
  staging,
  lines,
  records,
  unmanaged,
  last,
  options,
  tags,
  remote: from,
}: CommitInput): Promise<{ header: ManifestHeader; removed: readonly string[] }> {
  // Without a whole manifest, an old page looks like a file that no build wrote: it is kept elsewhere.
  const aside =
    last.damaged && lines.overwritten.length > 0 ? keepReplaced(lines.overwritten, last, options) : undefined
  refuseOverwriting([...(aside ? [] : lines.overwritten), ...blockingFiles(unmanaged, lines)], options)
  const orphans = [...last.keys].filter((key) => !lines.has(key) || lines.remote.has(key))
  const { siteId, base } = options
  const createdAt = new Date().toISOString()
  const { counts } = lines
  const remote = from && lines.remote.size > 0 ? { ...from, pages: lines.remote.size } : undefined
  const header: ManifestHeader = { version: 1, siteId, base, ...tags, createdAt, counts, remote }
  records?.end(createdAt)
  await uninterrupted(() => staging.commit(linesWith(header, lines), { orphans, aside }))
  return { header, removed: orphans }
}

function keepReplaced(keys: readonly string[], { notices }: LastSite, { outDir, root }: ResolvedOptions) {
  const folder = `${outDir}.replaced-${new Date().toISOString().replace(/\D/g, '')}`
  notices.push(
    `${keys.length} files that are not in the old manifest were replaced. What was there is in \`${relative(root, folder)}\`: delete it if nothing in it is needed.`,
  )
  return { folder, keys }
}

function* linesWith(header: ManifestHeader, lines: ManifestLines): Generator<string, void, undefined> {
  yield `${JSON.stringify(header)}\n`
  yield* lines.sorted()
  // Before the staging folder is removed.
  lines.close()
}
