import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin, ViteDevServer } from 'vite'
import { besideModule } from '../beside-bundle.ts'
import { transformFile } from './dev-html.ts'
import { linkExternal } from './external-module.ts'
import type { ResolvedOptions } from '../options.ts'

const importId = 'virtual:distill/template'
/** Beside the server's bundle. */
const fileName = '__distill_template.mjs'

/**
 * `virtual:distill/template`. The template names files of the client, which may be built after the server: the
 * server's bundle imports it from a file beside it, which is written when both are built.
 */
export function templatePlugin(options: () => ResolvedOptions): Plugin {
  let server: ViteDevServer | undefined
  return {
    name: 'vite-distill:template',
    enforce: 'post',
    sharedDuringBuild: true,

    configureServer(started) {
      server = started
    },

    resolveId: {
      filter: { id: /^virtual:distill\/template$/ },
      handler() {
        const { mode, config } = this.environment
        const external = mode === 'build' && config.consumer === 'server'
        return external ? { id: importId, external } : `\0${importId}`
      },
    },

    load: {
      filter: { id: /^\0virtual:distill\/template$/ },
      async handler() {
        const path = join(options().root, 'index.html')
        this.addWatchFile(path)
        const html = server ? await transformFile(server, '/index.html') : readFileSync(path, 'utf8')
        return `export default ${JSON.stringify(html)}\n`
      },
    },

    renderChunk: {
      filter: { code: importId },
      handler(code, chunk) {
        const linked = linkExternal(code, chunk.fileName, importId, fileName)
        return linked === undefined ? null : { code: linked, map: null }
      },
    },
  }
}

/** Writes the template from the client's `index.html`. */
export function writeTemplate(client: string, serverDir: string): void {
  const template = join(client, 'index.html')
  if (existsSync(template))
    writeFileSync(join(serverDir, fileName), besideModule(readFileSync(template, 'utf8')))
}
