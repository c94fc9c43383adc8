import { existsSync } from 'node:fs'
import { basename, dirname, join, parse } from 'node:path'
import type { BuildOptions, EnvironmentOptions, UserConfig } from 'vite'
import { DistillError } from '../errors.ts'
import type { DistillOptions, ResolvedOptions } from '../options.ts'
import type { Settings } from '../routes/settings.ts'

/** `htmlparser2` and the packages that it imports. */
const htmlReader = ['htmlparser2', 'entities', 'domhandler', 'domutils', 'domelementtype', 'dom-serializer']

/** What the app needs on a server, in dev and in a build: this package in its bundle, with the plugin's settings. */
export function appEnvironment(options: ResolvedOptions): EnvironmentOptions {
  const { layout, languages, requestBase, origin, timeout } = options
  const transform = options.transform !== undefined
  const settings: Settings = { layout, languages, requestBase, origin, timeout, transform }
  return {
    // Bundled, because a production server may be installed without development dependencies.
    resolve: { noExternal: ['vite-distill', 'rou3', 'mrmime', 'srvx', ...htmlReader] },
    define: { __VITE_DISTILL_SETTINGS__: JSON.stringify(settings) },
  }
}

/**
 * The defaults that a build adds to the user's Vite config.
 * @throws {DistillError} `ENTRY_MISSING`
 */
export function buildConfig(
  user: UserConfig,
  options: DistillOptions,
  { entry }: ResolvedOptions,
  isSsrBuild: boolean | undefined,
): UserConfig {
  if (entry === undefined || !existsSync(entry)) throw entryMissing(options)
  return isSsrBuild ? ssrConfig(user) : appConfig(user, entry)
}

/**
 * The folder that holds the builds of client and server.
 * @param outDir Vite's `build.outDir`. In the two commands of Vite's SSR guide, that is the folder of one of them
 */
export function buildDirOf(outDir: string | undefined, isSsrBuild: boolean | undefined): string {
  if (outDir === undefined || !(isSsrBuild || isClientDir(outDir))) return outDir ?? 'dist'
  return dirname(outDir) === '.' ? 'dist' : dirname(outDir)
}

/** Whether `build.outDir` is the client's folder, as in the first of these two commands. */
export const isClientDir = (outDir: string): boolean => basename(outDir) === 'client'

/** `vite build --ssr` builds one environment: `build.outDir` is the server's. */
function ssrConfig({ build = {} }: UserConfig): UserConfig {
  return { build: { outDir: build.outDir ?? 'dist/server', ...serverBuild(build) } }
}

/** The defaults of every server build. */
const serverBuild = ({ sourcemap, copyPublicDir }: BuildOptions) => ({
  // Maps the stacks of errors in pages. It is not part of the site.
  sourcemap: sourcemap ?? true,
  copyPublicDir: copyPublicDir ?? false,
  // Writes the files that only the server imports, and the manifest that lists them.
  emitAssets: true,
  manifest: true,
})

/** `vite build` builds the client and the server. */
function appConfig({ build = {}, environments = {} }: UserConfig, entry: string): UserConfig {
  const given = build.outDir ?? 'dist'
  // `outDir` is the client's folder, as in the two commands of Vite's SSR guide, or the parent of both.
  const parent = isClientDir(given) ? dirname(given) : given
  return {
    builder: {},
    environments: {
      client: {
        build: {
          outDir: environments.client?.build?.outDir ?? join(parent, 'client'),
          manifest: environments.client?.build?.manifest ?? build.manifest ?? true,
          ssrManifest: environments.client?.build?.ssrManifest ?? build.ssrManifest ?? true,
        },
      },
      ssr: {
        build: {
          outDir: environments.ssr?.build?.outDir ?? join(parent, 'server'),
          ...serverBuild({ ...build, ...environments.ssr?.build }),
          // Named: Vike makes a path without a name the name of the file to write.
          rolldownOptions: {
            input: environments.ssr?.build?.rolldownOptions?.input ?? { [parse(entry).name]: entry },
          },
        },
      },
    },
  }
}

/** The error of an app without a server entry. */
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
