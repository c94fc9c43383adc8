import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from 'vite'

/**
 * The files of the client's lazy chunks that the template does not name: by the file of each chunk, its own, those of
 * the chunks that it imports, and the styles of all.
 */
export function lazyFiles(client: string): Map<string, string[]> {
  const manifest = readManifest(client)
  const common = new Set<string>()
  addFiles(manifest, 'index.html', common)
  const lazy = new Map<string, string[]>()
  for (const [key, { file }] of Object.entries(manifest)) {
    if (!file.endsWith('.js')) continue
    const files = new Set<string>()
    addFiles(manifest, key, files)
    const own = [...files].filter((name) => !common.has(name))
    if (own.length > 0) lazy.set(file, own)
  }
  return lazy
}

/** The HTML files that the client's build made, as absolute paths: not those of `public/`, which it only copied. */
export const templatesOf = (client: string): string[] =>
  ['index.html', ...Object.keys(readManifest(client)).filter((key) => key.endsWith('.html'))]
    .map((key) => join(client, key))
    .filter((path) => existsSync(path))

/** Vite's manifest of the client build; empty for an app without a client. */
function readManifest(client: string): Manifest {
  const path = join(client, '.vite/manifest.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : {}
}

/** A chunk's styles come after those of the chunks that it imports, as in the browser. */
function addFiles(manifest: Manifest, key: string, files: Set<string>): void {
  const chunk = manifest[key]
  if (!chunk || files.has(chunk.file)) return
  files.add(chunk.file)
  for (const imported of chunk.imports ?? []) addFiles(manifest, imported, files)
  for (const style of chunk.css ?? []) files.add(style)
}
