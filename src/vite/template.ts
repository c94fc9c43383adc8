import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Environment, Rolldown } from 'vite'
import { linkBeside } from './external-module.ts'
import type { BuildRecord } from '../build-record.ts'

/**
 * `virtual:distill/template`. The server may be built before the client, whose tags belong into the template, so
 * the server's bundle imports it from a file beside it, which is written when both are there.
 */
const importId = 'virtual:distill/template'
const fileName = '__distill_template.js'

/** What the import resolves to: an external of a server build, a module with the raw `index.html` elsewhere. */
export function templateId({ mode, config }: Environment): string | { id: string; external: true } {
  return mode === 'build' && config.consumer === 'server' ? { id: importId, external: true } : `\0${importId}`
}

/** Makes the chunks that import the template find it. */
export const linkTemplate = (bundle: Rolldown.OutputBundle): void => linkBeside(bundle, importId, fileName)

/** The module in dev, where Vite transforms the HTML of each response instead. */
export function templateSource(context: { addWatchFile(path: string): void }, root: string): string {
  const path = join(root, 'index.html')
  context.addWatchFile(path)
  return moduleOf(readFileSync(path, 'utf8'))
}

/** Writes the file beside the server's bundle from the `index.html` that the client build made. */
export function writeTemplate({ client, server }: Required<BuildRecord>): void {
  const template = join(client, 'index.html')
  if (existsSync(template))
    writeFileSync(join(dirname(server), fileName), moduleOf(readFileSync(template, 'utf8')))
}

const moduleOf = (html: string) => `export default ${JSON.stringify(html)}\n`
