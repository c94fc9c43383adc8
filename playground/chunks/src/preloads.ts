import { readFileSync } from 'node:fs'
import type { Manifest } from 'vite'

/** Read on the first page, because the client may be built after the server. `dist/client` is beside `dist/server`. */
let manifest: Manifest | undefined
const readManifest = () =>
  JSON.parse(readFileSync(new URL('../client/.vite/manifest.json', import.meta.url), 'utf8')) as Manifest

/** The elements for what a lazy module needs in the browser, beyond what the template has for every page. */
export function preloads(source: string): string {
  // In dev nothing is bundled: Vite's client adds styles when their modules load.
  if (import.meta.env.DEV) return ''
  manifest ??= readManifest()
  const common = filesOf(manifest, 'index.html')
  return [...filesOf(manifest, source)]
    .filter((file) => !common.has(file))
    .map((file) => {
      const rel = file.endsWith('.css') ? 'stylesheet' : 'modulepreload'
      return `  <link rel="${rel}" crossorigin href="${import.meta.env.BASE_URL}${file}">\n  `
    })
    .join('')
}

/** The chunk of a module, the chunks that it imports, and the styles of each. */
function filesOf(manifest: Manifest, key: string, files = new Set<string>()): Set<string> {
  const chunk = manifest[key]
  if (!chunk) throw new Error(`the client's manifest has no \`${key}\``)
  if (files.has(chunk.file)) return files
  files.add(chunk.file)
  for (const imported of chunk.imports ?? []) filesOf(manifest, imported, files)
  for (const style of chunk.css ?? []) files.add(style)
  return files
}
