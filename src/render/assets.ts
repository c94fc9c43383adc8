import { listSiteFiles } from '../public-files.ts'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Manifest as ViteManifest } from 'vite'
import type { ResolvedOptions } from '../options.ts'
import type { BuildRecord } from '../build-record.ts'
import type { Asset } from './messages.ts'

/** The files of the client build that belong to the site, without its template and Vite's own records. */
export function listAssets({ client, server }: Required<BuildRecord>, options: ResolvedOptions): Asset[] {
  if (!options.assets.include) return []
  const hashed = hashedFiles([client, dirname(server)])
  return listSiteFiles(client, options).map((file) => ({ ...file, hashed: hashed.has(file.key) }))
}

/** Puts what only the server imports (an image of a server-only component, say) beside the client's own files. */
export function mergeServerAssets({ client, server }: Required<BuildRecord>): void {
  for (const { assets = [] } of viteManifest(dirname(server))) {
    for (const file of assets) {
      const from = join(dirname(server), file)
      if (existsSync(from) && !existsSync(join(client, file))) cpSync(from, join(client, file))
    }
  }
}

/** The files whose names carry Vite's content hash: of those that its manifests list, which are none of `public/`. */
function hashedFiles(dirs: readonly string[]): Set<string> {
  const files = dirs
    .flatMap(viteManifest)
    .flatMap(({ file, css = [], assets = [] }) => [file, ...css, ...assets])
  // A name made without a hash (by `output.entryFileNames`, say) may get other content. A hash in base64 that has
  // neither a digit nor a capital is one in a thousand, and then its file is only cached less.
  return new Set(files.filter((file) => /[-.](?=[\w-]*[A-Z0-9])[\w-]{8,}\.\w+$/.test(file)))
}

/** The chunks of a build, by Vite's manifest; an app without a client has none. */
function viteManifest(dir: string): ViteManifest[string][] {
  const path = join(dir, '.vite/manifest.json')
  return existsSync(path) ? Object.values(JSON.parse(readFileSync(path, 'utf8')) as ViteManifest) : []
}
