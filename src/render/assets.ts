import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Manifest as ViteManifest } from 'vite'
import type { ResolvedOptions } from '../options.ts'
import type { Asset } from './messages.ts'

/** The files of the client build that belong to the site, without its template and Vite's own records. */
export function listAssets(
  clientDir: string,
  { assets: { skipAdminDirs, skipDirs } }: ResolvedOptions,
): Asset[] {
  const skipped = new Set([
    ...skipDirs.map((dir) => dir.replace(/^\/|\/$/g, '')),
    ...(skipAdminDirs ? ['admin'] : []),
  ])
  const hashed = hashedFiles(clientDir)
  const found: Asset[] = []
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const from = join(folder, entry.name)
      const key = relative(clientDir, from).split(sep).join('/')
      if (entry.isDirectory()) {
        if (key !== '.vite' && !skipped.has(entry.name) && !skipped.has(key)) walk(from)
      } else if (key !== 'index.html') {
        found.push({ key, from, hashed: hashed.has(key) })
      }
    }
  }
  walk(clientDir)
  return found
}

/** The files whose names carry Vite's content hash: those that its manifest lists, which are no file of `public/`. */
function hashedFiles(clientDir: string): Set<string> {
  const path = join(clientDir, '.vite/manifest.json')
  // An app without a client has none, and no hashed file either.
  if (!existsSync(path)) return new Set()
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as ViteManifest
  const files = Object.values(manifest).flatMap(({ file, css = [], assets = [] }) => [
    file,
    ...css,
    ...assets,
  ])
  // A name made without a hash (by `output.entryFileNames`, say) may change its content.
  return new Set(files.filter((file) => /[-.][\w-]{8,}\.\w+$/.test(file)))
}
