import { findSettings, requireBuild } from '../build-record.ts'
import type { BuiltApp } from '../render/worker/app-thread.ts'
import { appEnv, envNames } from '../vite/app-env.ts'
import { loadOptions } from '../vite/load-options.ts'
import type { Session } from './session.ts'

/**
 * The app of the last build, with the mode, `base` and `envDir` of that build: it may have got them from its command
 * line, as in `vite build --mode staging`.
 * @param hint What to do if nothing is built. Default: to run `vite build`
 * @throws {DistillError} `NOT_BUILT`, or why the config cannot be loaded in that mode
 */
export async function builtApp(
  { flags, quiet, ...given }: Pick<Session, 'options' | 'configFiles' | 'flags' | 'quiet'>,
  hint?: string,
): Promise<BuiltApp> {
  const built = findSettings(given.options)
  const mode = flags.mode ?? built.mode ?? 'production'
  // The config may depend on the mode.
  const { options, configFiles } =
    flags.mode === undefined && mode !== 'production' ? await loadOptions({ ...flags, mode }) : given
  const { base = options.base, envDir = options.root } = built
  return {
    options: Object.freeze({ ...options, base }),
    build: requireBuild(options, hint),
    env: appEnv(mode, envDir),
    sources: { configFiles, envNames: envNames(mode, envDir) },
    quiet,
  }
}

/** The app that was planned, on the machine of a shard or of the merge. */
export const plannedApp = (session: Session): Promise<BuiltApp> =>
  builtApp(
    session,
    'Bring the build of `vite-distill plan` here, by default `dist/client`, `dist/server` and `dist/static.build.json`.',
  )
