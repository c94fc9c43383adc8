import { existsSync } from 'node:fs'
import { DistillError } from '../../errors.ts'
import { ownKeys, unsafeKey } from '../../keys.ts'
import { readManifest, type ManifestFile, type ManifestHeader } from '../../manifest.ts'
import type { ResolvedOptions } from '../../options.ts'

/** What publishing needs to know of a file: a manifest line without what only the render is interested in. */
export interface BuiltFile extends Pick<
  ManifestFile,
  'key' | 'url' | 'size' | 'md5' | 'sha256' | 'status' | 'headers' | 'redirect'
> {
  kind: FileKind
}

/** Which phase a file belongs to: hashed assets never change, so they go first and may stay for long. */
export type FileKind = 'hashed' | 'asset' | 'page' | 'redirect'

export interface Site {
  directory: string
  header: ManifestHeader
  /** Sorted by key; reads the manifest once more at each call. */
  files(): AsyncGenerator<BuiltFile, void, undefined>
}

/**
 * Opens the site that the last build left.
 * @throws {DistillError} `SITE_INCOMPLETE`, `SITE_EMPTY`, `NOT_BUILT` or `MANIFEST_INVALID`
 */
export async function openSite({
  outDir,
  manifestFile,
  stagingDir,
}: Pick<ResolvedOptions, 'outDir' | 'manifestFile' | 'stagingDir'>): Promise<Site> {
  if (existsSync(stagingDir)) {
    throw new DistillError(
      'SITE_INCOMPLETE',
      `the build of \`${outDir}\` was interrupted, or is still running: \`${stagingDir}\` is there`,
      { hint: 'Wait for the build to end, or run `vite build` again, then publish.' },
    )
  }
  const manifest = await readManifest(manifestFile)
  const { pages, assets, redirects } = manifest.header.counts
  if (pages + assets + redirects === 0) {
    throw new DistillError('SITE_EMPTY', `the site in \`${outDir}\` is empty`, {
      hint: 'A route is distilled if it exports `distillParams`. Check that some do, then run `vite build`.',
    })
  }
  return {
    directory: outDir,
    header: manifest.header,
    files: () => builtFiles(manifest.files(), manifestFile),
  }
}

async function* builtFiles(
  files: AsyncIterable<ManifestFile>,
  manifestFile: string,
): AsyncGenerator<BuiltFile, void, undefined> {
  for await (const file of files) {
    if (unsafeKey(file.key) !== undefined || file.key.startsWith(ownKeys)) {
      throw new DistillError(
        'MANIFEST_INVALID',
        `the manifest \`${manifestFile}\` names \`${file.key}\`, which no site can hold`,
        { hint: 'Run `vite build` again to write a new one.' },
      )
    }
    const { key, url, size, md5, sha256, status, headers, redirect } = file
    const kind = file.kind === 'asset' && file.hashed ? 'hashed' : file.kind
    yield { key, url, kind, size, md5, sha256, status, headers, redirect }
  }
}
