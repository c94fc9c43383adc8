import { dirname, relative } from 'node:path'
import type { Rolldown } from 'vite'

/**
 * Makes the chunks of a server's bundle that import a virtual module find it in a file at the bundle's root,
 * whatever folder they are in: the file can then be written once the client is built, too.
 */
export function linkBeside(bundle: Rolldown.OutputBundle, importId: string, fileName: string): void {
  for (const chunk of Object.values(bundle)) {
    if (chunk.type !== 'chunk' || ![...chunk.imports, ...chunk.dynamicImports].includes(importId)) continue
    const path = relative(dirname(chunk.fileName), fileName).replaceAll('\\', '/')
    const specifier = JSON.stringify(path.startsWith('.') ? path : `./${path}`)
    for (const quote of ['"', "'", '`'])
      chunk.code = chunk.code.replaceAll(quote + importId + quote, () => specifier)
  }
}
