import { resolve } from 'node:path'
import type { ResolvedConfig } from 'vite'
import type { ResolvedOptions } from '../options.ts'
import { flattenPlugins } from './load-options.ts'

/**
 * The files that the plugin's options come from: Vite's config and what it imports. None for a config without a file,
 * where all options are plain data. Undefined where a `transform` comes from code that is in no config, or where Vite
 * does not name all files: its loader `native` knows of no `import()` and of no `require()`.
 */
export async function configFiles(
  { configFile, configFileDependencies, inlineConfig }: ResolvedConfig,
  { transform }: ResolvedOptions,
): Promise<string[] | undefined> {
  const inline = (await flattenPlugins(inlineConfig.plugins)).some(({ name }) => name === 'vite-distill')
  if (transform && (inline || !configFile)) return undefined
  if (configFile && inlineConfig.configLoader === 'native') return undefined
  return configFile ? [configFile, ...configFileDependencies].map((path) => resolve(path)) : []
}
