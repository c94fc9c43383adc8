import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { preloadsFile } from '../beside-bundle.ts'
import { lazyFiles } from '../client-manifest.ts'
import { besideBundle } from './external-module.ts'
import type { ClientModules } from './preload-links.ts'

const importId = 'virtual:distill/preloads'

/**
 * `virtual:distill/preloads`. It knows the files of the client, which may be built after the server: the server's
 * bundle imports it from a file beside it, which is written when both are built.
 */
export const preloadsPlugin = (): Plugin => ({
  name: 'vite-distill:preloads',
  enforce: 'post',
  sharedDuringBuild: true,

  ...besideBundle(importId, preloadsFile),

  load: {
    filter: { id: /^\0virtual:distill\/preloads$/ },
    // In dev nothing is bundled: Vite's client adds styles when their modules arrive.
    handler: () => "export const preloads = () => ''\n",
  },
})

/** Writes the module with what the client build says of its modules. */
export function writePreloads(client: string, serverDir: string, base: string): void {
  const code = readFileSync(new URL('preload-links.js', import.meta.url), 'utf8')
  const data = JSON.stringify(clientModules(client, base))
  writeFileSync(join(serverDir, preloadsFile), `${code}\nexport const preloads = createPreloads(${data})\n`)
}

function clientModules(client: string, base: string): ClientModules {
  const chunks = lazyFiles(client)
  const path = join(client, '.vite/ssr-manifest.json')
  const all = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string[]>) : {}
  const modules: ClientModules['modules'] = {}
  for (const [id, urls] of Object.entries(all)) {
    // Vite has the names of files in it, too, and modules that stand for a part of another.
    if (id.includes('?') || id.includes('\0')) continue
    const own = urls.map((url) => url.slice(base.length)).filter((file) => chunks.has(file))
    if (own.length > 0 || !id.includes('node_modules/')) modules[id] = own
  }
  return { base, chunks: Object.fromEntries(chunks), modules }
}
