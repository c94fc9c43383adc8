import type { ResolvedOptions } from '../options.ts'
import { loadOptions, type ConfigFlags } from '../vite/load-options.ts'
import { keepStdout, outputOf, tellFailure, type Output, type OutputFlags } from './output.ts'

/** The flags that every command takes. */
export interface GlobalFlags extends ConfigFlags, OutputFlags {}

/** What every command works with. */
export interface Session extends Output {
  options: ResolvedOptions
  /** The Vite config and the files that it imports, absolute. */
  configFiles: readonly string[]
  flags: GlobalFlags
  /** The `NODE_ENV` that the command was started with. */
  nodeEnv: string | undefined
}

/**
 * Runs a command with the plugin's options. Resolves to its exit code.
 * @param name Of the command, as it is typed
 * @throws {DistillError} `CONFIG_FAILED` or `OPTION_INVALID`
 */
export async function runCommand(
  flags: GlobalFlags,
  name: string | undefined,
  command: (session: Session) => Promise<number>,
): Promise<number> {
  keepStdout()
  // `loadOptions` sets it.
  const nodeEnv = process.env.NODE_ENV
  const { options, configFiles } = await loadOptions(flags)
  const output = outputOf(flags, name, options)
  const session = { ...output, options, configFiles, flags, nodeEnv }
  return command(session).catch((error: unknown) => tellFailure(error, output))
}
