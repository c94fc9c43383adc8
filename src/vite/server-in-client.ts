import { realpathSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { relative, resolve } from 'node:path'
import { type Environment, type Rolldown, normalizePath } from 'vite'
import { DistillError } from '../errors.ts'

/**
 * Refuses a client build that holds the server, because all files of the client build are published.
 * Another plugin that sets `build.rolldownOptions.input` for its server sets it for the client, too.
 * @param entry Absolute path of the server entry
 * @throws {DistillError} `SERVER_EXPOSED`, naming the files
 */
export function refuseServerInClient(
  { config }: Environment,
  bundle: Rolldown.OutputBundle,
  entry: string | undefined,
): void {
  // As Vite names modules.
  const entryId = entry === undefined ? undefined : normalizePath(realpathSync(entry))
  const found = Object.values(bundle).flatMap((file) => {
    const reason = whyServer(file)
    return reason === undefined ? [] : [`  \`${file.fileName}\` ${reason}`]
  })
  if (found.length === 0) return
  throw new DistillError(
    'SERVER_EXPOSED',
    `the client build holds code of the server, and would publish it:\n${found.join('\n')}`,
    {
      hint: config.build.ssr
        ? 'A plugin or the config sets `build.ssr` and `build.rolldownOptions.input`, so that the client is built from the server. Remove that plugin (`@hono/vite-build`, for example), because `vite build` builds the server too; or use it in a config of its own, without `distill()`.'
        : 'Set `build.rolldownOptions.input` for the server only (`environments.ssr.build.rolldownOptions.input`), and import nothing from the server entry in the client: move what both need into a module of its own.',
    },
  )

  function whyServer(file: Rolldown.OutputAsset | Rolldown.OutputChunk): string | undefined {
    const sources =
      file.type === 'chunk'
        ? file.moduleIds
        : file.originalFileNames.map((name) => normalizePath(resolve(config.root, name)))
    // `?raw` and `?url` follow the path of a module.
    if (sources.some((id) => id.replace(/\?.*/, '') === entryId))
      return `holds the server entry \`${relative(config.root, entry!)}\``
    if (file.type === 'asset') return undefined
    const builtin = [...file.imports, ...file.dynamicImports].find(
      (id) => id.startsWith('node:') || (config.build.ssr && isBuiltin(id)),
    )
    if (builtin !== undefined) return `imports \`${builtin}\` of Node`
    const module = file.isEntry ? file.facadeModuleId : null
    if (config.build.ssr && /^\0|^virtual:/.test(module ?? ''))
      return `is built from \`${module!.replace('\0', '')}\`, the input of a server build`
    return undefined
  }
}
