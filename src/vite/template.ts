import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin, ViteDevServer } from 'vite'
import { besideModule, templateFile } from '../beside-bundle.ts'
import { transformFile } from './dev-html.ts'
import { besideBundle } from './external-module.ts'
import type { ResolvedOptions } from '../options.ts'

const importId = 'virtual:distill/template'

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

    ...besideBundle(importId, templateFile),

    load: {
      filter: { id: /^\0virtual:distill\/template$/ },
      async handler() {
        const path = join(options().root, 'index.html')
        this.addWatchFile(path)
        const html = server ? await transformFile(server, '/index.html') : readFileSync(path, 'utf8')
        return `export default ${JSON.stringify(html)}\n`
      },
    },
  }
}

/** Writes the template from the client's `index.html`. */
export function writeTemplate(client: string, serverDir: string): void {
  const template = join(client, 'index.html')
  if (existsSync(template))
    writeFileSync(join(serverDir, templateFile), besideModule(readFileSync(template, 'utf8')))
}
