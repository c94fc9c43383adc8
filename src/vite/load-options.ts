import { resolve } from 'node:path'
import type { Plugin, PluginOption, loadConfigFromFile } from 'vite'
import { buildDirOf } from './config.ts'
import { DistillError, messageOf } from '../errors.ts'
import { resolveOptions, type DistillOptions, type ResolvedOptions } from '../options.ts'

export interface ConfigFlags {
  /** Vite's `--config`. */
  config?: string
  /** Vite's `--mode`. */
  mode?: string
  /** Vite's `root`. */
  root?: string
  /** Vite's `build.outDir`. */
  outDir?: string
}

const howToAdd =
  "Add it to your Vite config: `plugins: [distill()]`, with `import distill from 'vite-distill'`."

export interface LoadedOptions {
  options: ResolvedOptions
  /** The Vite config and the files that it imports, absolute. */
  configFiles: string[]
}

/**
 * Reads the plugin's options from the Vite config, as a build does.
 * @throws {DistillError} `CONFIG_FAILED`, or `OPTION_INVALID`
 */
export async function loadOptions({
  config: file,
  mode = 'production',
  root,
  outDir,
}: ConfigFlags): Promise<LoadedOptions> {
  // Vite sets it before it loads a config, because the config may read it.
  process.env.NODE_ENV ??= 'production'
  const where = root === undefined ? process.cwd() : resolve(root)
  const { config, path, dependencies } = await loadConfig(file, mode, where)
  const given = await findOptions(config.plugins)
  const options = resolveOptions(given, {
    // As in Vite, `--root` wins over the config's `root`, which is relative to the current directory.
    root: root === undefined && config.root !== undefined ? resolve(config.root) : where,
    base: config.base ?? '/',
    buildDir: buildDirOf(outDir ?? config.build?.outDir, Boolean(config.build?.ssr)),
  })
  return { options, configFiles: [path, ...dependencies].map((path) => resolve(path)) }
}

type LoadedConfig = NonNullable<Awaited<ReturnType<typeof loadConfigFromFile>>>

async function loadConfig(file: string | undefined, mode: string, root: string): Promise<LoadedConfig> {
  const { loadConfigFromFile } = await import('vite')
  const found = await loadConfigFromFile({ command: 'build', mode }, file, root, 'silent').catch(
    (cause: unknown) => {
      throw new DistillError(
        'CONFIG_FAILED',
        `the Vite config ${file === undefined ? `of \`${root}\`` : `\`${file}\``} could not be loaded: ${messageOf(cause)}`,
        { hint: 'Correct it so that `vite build` works. `--logLevel info` shows where it failed.', cause },
      )
    },
  )
  if (found) return found
  throw new DistillError('CONFIG_FAILED', `there is no Vite config in \`${root}\``, {
    hint: `Run this in the folder of \`vite.config.ts\`, or name that with \`--root\` or \`--config\`. ${howToAdd}`,
  })
}

/** The plugin has its options in its `api`, because this config is loaded but not resolved. */
async function findOptions(plugins: PluginOption): Promise<DistillOptions> {
  const found = (await flattenPlugins(plugins)).filter(({ name }) => name === 'vite-distill')
  if (found.length === 0) {
    throw new DistillError('CONFIG_FAILED', 'the Vite config has no plugin `vite-distill`', {
      hint: howToAdd,
    })
  }
  refuseTwice(found)
  return (found[0]!.api as { options: DistillOptions }).options
}

/**
 * Two of them would write the same site.
 * @throws {DistillError} `CONFIG_FAILED` if the plugin is in the list more than once
 */
export function refuseTwice(plugins: readonly Plugin[]): void {
  const times = plugins.filter(({ name }) => name === 'vite-distill').length
  if (times <= 1) return
  throw new DistillError('CONFIG_FAILED', `the Vite config has the plugin \`vite-distill\` ${times} times`, {
    hint: 'Keep one: several places to publish to are several `publish` targets of it.',
  })
}

/** The plugins of a config's `plugins`, which may hold lists and promises. */
export async function flattenPlugins(option: PluginOption): Promise<Plugin[]> {
  const plugin = await option
  if (!plugin) return []
  return Array.isArray(plugin) ? (await Promise.all(plugin.map(flattenPlugins))).flat() : [plugin]
}
