import { copyFileSync, existsSync, linkSync } from 'node:fs'
import { join } from 'node:path'
import { DistillError } from '../../errors.ts'
import { readManifest, type ManifestFile, type ManifestHeader } from '../../manifest.ts'
import { Journal, journalFile } from '../../manifest-journal.ts'
import type { ResolvedOptions } from '../../options.ts'
import { finishInterruptedCommit } from '../../staging/staging.ts'
import { BuiltPages } from './built-pages.ts'
import { openPrivateFolder, removePrivateFolder } from './private-folder.ts'

/** A file of the site: what publishing needs of its manifest line. */
export interface BuiltFile extends Pick<
  ManifestFile,
  'key' | 'url' | 'size' | 'md5' | 'sha256' | 'status' | 'headers' | 'redirect' | 'remote'
> {
  kind: FileKind
}

/** `hashed` is an asset with a content hash in its name. Each kind is uploaded in a phase of its own. */
export type FileKind = 'hashed' | 'asset' | 'page' | 'redirect'

/** What is known of a site as a whole. */
export interface SiteFacts {
  header: Pick<ManifestHeader, 'siteId' | 'createdAt' | 'base' | 'remote'>
  /** What the target records of the build and of each page; undefined where it records nothing. */
  recorded?: { build: string; pageOf(key: string): string | undefined } | undefined
}

/** The site that a build left. What is read of it stays the same, even if another build replaces it meanwhile. */
export interface Site extends SiteFacts {
  directory: string
  header: ManifestHeader
  /** When the build was done; `header.createdAt` is later where a server wrote pages since. ISO 8601, UTC. */
  builtAt: string
  /** The files, sorted by key, many at a time. Each call reads the manifest again. */
  files(): AsyncGenerator<BuiltFile[], void, undefined>
  /** The files of these keys that the site has, by key. */
  find(keys: readonly string[]): Promise<Map<string, BuiltFile>>
  /** A folder of this publish alone, with a copy of the manifest and its journal. {@link takeFiles} puts the files there. */
  privateFolder: string
  /** Removes the private folder. */
  close(): void
}

/**
 * Opens the site that the last build left, after finishing what a build that was killed left undone. Close it when
 * nothing is read any more.
 * @param records Whether the target records what the build knows of its pages
 * @throws {DistillError} `SITE_INCOMPLETE`, `WRITE_FAILED`, `SITE_EMPTY`, `NOT_BUILT` or `MANIFEST_INVALID`
 */
export async function openSite(
  {
    outDir,
    manifestFile,
    cacheFile,
    stagingDir,
  }: Pick<ResolvedOptions, 'outDir' | 'manifestFile' | 'cacheFile' | 'stagingDir'>,
  records = false,
): Promise<Site> {
  finishInterruptedCommit({ outDir, manifestFile, cacheFile, stagingDir })
  if (existsSync(stagingDir)) {
    throw new DistillError(
      'SITE_INCOMPLETE',
      `the build of \`${outDir}\` was interrupted, or is still running: \`${stagingDir}\` is there`,
      { hint: 'Wait for the build to end, or run `vite build` again, then publish.' },
    )
  }
  const { header } = await readManifest(manifestFile)
  const { pages, assets, redirects } = header.counts
  if (pages + assets + redirects === 0) {
    throw new DistillError('SITE_EMPTY', `the site in \`${outDir}\` is empty`, {
      hint: 'A route is distilled if it exports `distillParams`. Check that some do, then run `vite build`.',
    })
  }
  const privateFolder = openPrivateFolder(outDir)
  let built: BuiltPages | undefined
  const close = () => {
    built?.close()
    removePrivateFolder(privateFolder)
  }
  try {
    const copy = join(privateFolder, 'manifest.jsonl')
    linkOrCopy(manifestFile, copy)
    if (existsSync(journalFile(manifestFile))) copyFileSync(journalFile(manifestFile), journalFile(copy))
    const manifest = await readManifest(manifestFile, copy)
    const files = () => builtFiles(manifest.batches())
    const { header, builtAt } = manifest
    if (records && existsSync(cacheFile)) {
      const pagesCopy = join(privateFolder, 'cache.jsonl')
      linkOrCopy(cacheFile, pagesCopy)
      built = await BuiltPages.open(pagesCopy, builtAt)
    }
    const recorded = built && recordedPages(built, new Journal(journalFile(copy), builtAt).read())
    const find = async (keys: readonly string[]) =>
      new Map(Array.from(await manifest.find(keys), ([key, file]) => [key, builtFile(file)]))
    return { directory: outDir, header, builtAt, files, find, recorded, privateFolder, close }
  } catch (error) {
    close()
    throw error
  }
}

/** A build replaces the manifest by a new file, so a hard link keeps the old one. */
function linkOrCopy(path: string, to: string): void {
  try {
    linkSync(path, to)
  } catch {
    copyFileSync(path, to)
  }
}

/** A page that a server wrote since is not what the build knows of it. */
const recordedPages = (pages: BuiltPages, { files }: Journal): Site['recorded'] => ({
  build: pages.build,
  pageOf: (key) => (files.has(key) ? undefined : pages.of(key)),
})

async function* builtFiles(
  files: AsyncIterable<readonly ManifestFile[]>,
): AsyncGenerator<BuiltFile[], void, undefined> {
  for await (const batch of files) yield batch.map(builtFile)
}

/** What publishing needs of a line of a manifest. */
export function builtFile(file: ManifestFile): BuiltFile {
  const { key, url, size, md5, sha256, status, headers, redirect, remote } = file
  const kind = file.kind === 'asset' && file.hashed ? 'hashed' : file.kind
  return { key, url, kind, size, md5, sha256, status, headers, redirect, remote }
}
