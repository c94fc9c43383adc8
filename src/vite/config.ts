import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { BuildOptions, EnvironmentOptions, UserConfig } from 'vite'
import { DistillError } from '../errors.ts'
import { type DistillOptions, resolveOptions } from '../options.ts'

/** `htmlparser2` and the packages that it imports. */
const htmlReader = ['htmlparser2', 'entities', 'domhandler', 'domutils', 'domelementtype', 'dom-serializer']

/** What the app needs wherever it runs on a server: this package in its bundle, with the settings of the plugin. */
export function appEnvironment({ layout = 'directory', languages = [] }: DistillOptions): EnvironmentOptions {
  return {
    // Bundled, for a production server may be installed without development dependencies.
    resolve: { noExternal: ['vite-distill', 'rou3', 'mrmime', ...htmlReader] },
    define: { __VITE_DISTILL_SETTINGS__: JSON.stringify({ layout, languages }) },
  }
}

/**
 * What a build needs of the Vite config, below what the user's own says.
 * @throws {DistillError} `ENTRY_MISSING`
 */
export function buildConfig(
  user: UserConfig,
  options: DistillOptions,
  isSsrBuild: boolean | undefined,
): UserConfig {
  const { entry } = resolveOptions(options, { root: resolve(user.root ?? '.'), base: '/' })
  if (entry === undefined || !existsSync(entry)) throw entryMissing(options)
  return isSsrBuild ? ssrConfig(user) : appConfig(user, entry)
}

/** `vite build --ssr`: one environment; `build.outDir` is the server's. */
function ssrConfig({ build = {} }: UserConfig): UserConfig {
  return { build: { outDir: build.outDir ?? 'dist/server', ...serverBuild(build) } }
}

/** What every server build has. */
const serverBuild = ({ sourcemap, copyPublicDir }: BuildOptions) => ({
  // Stacks of errors in pages are read from it; the site never holds it.
  sourcemap: sourcemap ?? true,
  copyPublicDir: copyPublicDir ?? false,
  // The files that only the server imports; its manifest says which those are.
  emitAssets: true,
  manifest: true,
})

/** `vite build`: the client and the server in one go. */
function appConfig({ build = {}, environments = {} }: UserConfig, entry: string): UserConfig {
  const given = build.outDir ?? 'dist'
  // The client's own folder, as in the two commands of Vite's SSR guide, or the one that both share.
  const parent = basename(given) === 'client' ? dirname(given) : given
  return {
    builder: {},
    environments: {
      client: {
        build: {
          outDir: environments.client?.build?.outDir ?? join(parent, 'client'),
          manifest: environments.client?.build?.manifest ?? build.manifest ?? true,
        },
      },
      ssr: {
        build: {
          outDir: environments.ssr?.build?.outDir ?? join(parent, 'server'),
          ...serverBuild({ ...build, ...environments.ssr?.build }),
          rolldownOptions: { input: environments.ssr?.build?.rolldownOptions?.input ?? entry },
        },
      },
    },
  }
}

/** Why there is nothing to distil. */
export const entryMissing = ({ entry }: DistillOptions) =>
  new DistillError(
    'ENTRY_MISSING',
    entry === undefined ? 'no server entry was found' : `the server entry \`${entry}\` does not exist`,
    {
      hint:
        entry === undefined
          ? 'Create `src/entry-server.ts` that exports an app with `fetch(request)`, or name yours with `distill({ entry })`.'
          : '`entry` is relative to the root of the Vite config.',
    },
  )
