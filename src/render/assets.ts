import { type PublicFile, listSiteFiles } from '../public-files.ts'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest as ViteManifest } from 'vite'
import type { ResolvedOptions } from '../options.ts'
import type { BuildRecord } from '../build-record.ts'
import { contentTypeOf } from '../content-type.ts'
import { DistillError, listProblems, messageOf } from '../errors.ts'
import { checkFile } from '../routes/output-file.ts'
import { refusePrivateFiles } from './private-files.ts'
import type { FileEntry } from './manifest-entry.ts'
import type { Asset } from './messages.ts'

/**
 * The files of the client build that belong to the site: not its `index.html`, which is a template, nor Vite's manifest.
 * @throws {DistillError} `FILE_PRIVATE` or `PATH_UNSAFE`, with every file that the site cannot have
 */
export function listAssets(
  { client, server, serverDir }: Required<BuildRecord>,
  options: ResolvedOptions,
): Asset[] {
  if (!options.assets.include) return []
  const files = listSiteFiles(client, options)
  refusePrivateFiles(files, server, options)
  refuseNames(files)
  const hashed = hashedFiles([client, serverDir])
  return files.map((file) => ({ ...file, hashed: hashed.has(file.key) }))
}

function refuseNames(files: readonly PublicFile[]): void {
  const problems = files.flatMap(({ key }) => {
    try {
      checkFile(key)
      return []
    } catch (error) {
      return [`\`${key}\`: ${messageOf(error)}`]
    }
  })
  if (problems.length === 0) return
  throw new DistillError('PATH_UNSAFE', listProblems('assets cannot have these names:', problems), {
    hint: 'Rename them in `public/`.',
  })
}

/** An asset as the manifest lists it. */
export const assetFile = ({ key, hashed }: Asset): FileEntry => ({
  key,
  kind: 'asset',
  hashed: hashed || undefined,
  headers: { 'content-type': contentTypeOf(key) },
})

/** Copies assets that only the server imports, such as an image of a server-only component, to the client's assets. */
export function mergeServerAssets({ client, serverDir }: Required<BuildRecord>): void {
  for (const { assets = [] } of viteManifest(serverDir)) {
    for (const file of assets) {
      const from = join(serverDir, file)
      if (existsSync(from) && !existsSync(join(client, file))) cpSync(from, join(client, file))
    }
  }
}

/** The files whose names carry Vite's content hash, of those in Vite's manifests, which do not list `public/`. */
function hashedFiles(dirs: readonly string[]): Set<string> {
  const files = dirs
    .flatMap(viteManifest)
    .flatMap(({ file, css = [], assets = [] }) => [file, ...css, ...assets])
  // A name may have no hash, by `output.entryFileNames` for example, and then its content may change. The test looks
  // for a digit or a capital: one base64 hash in a thousand has neither, and its file is only cached for less long.
  return new Set(files.filter((file) => /[-.](?=[\w-]*[A-Z0-9])[\w-]{8,}\.\w+$/.test(file)))
}

/** The entries of a build's Vite manifest; none for an app without a client. */
function viteManifest(dir: string): ViteManifest[string][] {
  const path = join(dir, '.vite/manifest.json')
  return existsSync(path) ? Object.values(JSON.parse(readFileSync(path, 'utf8')) as ViteManifest) : []
}
