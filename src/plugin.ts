import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { BuildOptions, Plugin, ResolvedConfig, UserConfig, ViteBuilder } from 'vite'
import { serveApp } from './dev.ts'
import { DistillError } from './errors.ts'
import { type DistillOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import { previewSite } from './preview.ts'
import { checkLinks, mergeServerAssets } from './render/assets.ts'
import { findBuild, recordBuild, requireBuild } from './render/build-record.ts'
import { distill as distillSite } from './render/distill.ts'
import { appEnv } from './render/environment.ts'
import { summarize } from './render/summary.ts'
import { linkTemplate, templateId, templateSource, writeTemplate } from './template.ts'

/** What the command line asks of the plugin that it finds in a config. */
export interface DistillApi {
  /** As the user gave them. */
  options: DistillOptions
}

/** The plugin: add it to `plugins` after the framework's own. */
export function distill(options: DistillOptions = {}): Plugin<DistillApi> {
  let config: ResolvedConfig
  let resolved: ResolvedOptions
  /** True while `buildApp` runs, which distils at its end; otherwise each `vite.build()` has to look by itself. */
  let building = false
  let wrote = false

  async function run(): Promise<void> {
    const { logger, logLevel, mode, envDir, root, publicDir } = config
    const build = requireBuild(resolved)
    if (publicDir) checkLinks(publicDir, root)
    mergeServerAssets(build)
    writeTemplate(build)
    const env = appEnv(mode, envDir)
    const result = await distillSite({
      options: resolved,
      build,
      env,
      quiet: logLevel !== undefined && logLevel !== 'info',
    })
    for (const notice of result.notices) logger.info(notice)
    for (const warning of result.warnings) logger.warn(warning)
    logger.info(summarize(result, root))
  }

  async function buildAll(builder: ViteBuilder): Promise<void> {
    building = true
    const all = Object.values(builder.environments)
    // Vite builds every environment where nobody has built any; once one is built it leaves the rest to its builder.
    const ours = all.some(({ isBuilt }) => isBuilt)
      ? all.filter(({ name }) => name === 'client' || name === 'ssr')
      : all
    for (const environment of ours) {
      if (environment.isBuilt) continue
      if (environment.name === 'client' && !hasClient(environment.config)) copyPublic(environment.config)
      else await builder.build(environment)
    }
  }

  function copyPublic({
    publicDir,
    root,
    build,
  }: Pick<ResolvedConfig, 'publicDir' | 'root' | 'build'>): void {
    const client = resolve(root, build.outDir)
    mkdirSync(client, { recursive: true })
    if (publicDir && existsSync(publicDir)) cpSync(publicDir, client, { recursive: true, dereference: true })
    recordBuild(resolved, { client })
  }

  return {
    name: 'vite-distill',
    enforce: 'post',
    // One instance for all environments: what it learns from the one build it needs in the other.
    sharedDuringBuild: true,
    api: { options },

    config(user, { command, isSsrBuild }) {
      const appType = user.appType ?? 'custom'
      if (command === 'serve') return { appType }
      const root = resolve(user.root ?? '.')
      const { entry } = resolveOptions(options, { root, base: '/' })
      if (entry === undefined || !existsSync(entry)) throw entryMissing(options)
      return { appType, ...(isSsrBuild ? ssrConfig(user) : appConfig(user, entry)) }
    },

    configResolved(all) {
      // Runs once for each environment; the first is the one that belongs to the command.
      config ??= all
      resolved ??= resolveOptions(options, { root: all.root, base: all.base })
    },

    resolveId: {
      filter: { id: /^virtual:distill\/template$/ },
      handler() {
        return templateId(this.environment)
      },
    },
    load: {
      filter: { id: /^\0virtual:distill\/template$/ },
      handler() {
        return templateSource(this, config.root)
      },
    },

    generateBundle(_, bundle) {
      linkTemplate(bundle)
    },

    writeBundle(output, bundle) {
      const dir = output.dir!
      if (this.environment.name === 'client') recordBuild(resolved, { client: dir })
      if (this.environment.name !== 'ssr') return
      const entries = Object.values(bundle).filter((file) => file.type === 'chunk' && file.isEntry)
      const entry =
        entries.find((file) => 'facadeModuleId' in file && file.facadeModuleId === resolved.entry) ??
        entries[0]
      if (!entry) return
      recordBuild(resolved, { server: join(dir, entry.fileName) })
      wrote = true
    },

    buildApp: {
      order: 'post',
      async handler(builder) {
        await buildAll(builder)
        await run()
      },
    },

    closeBundle: {
      sequential: true,
      async handler() {
        // `vite.build()` from JavaScript, once for the client and once for the server, calls no `buildApp`.
        if (building || !wrote || findBuild(resolved).client === undefined) return
        wrote = false
        await run()
      },
    },

    configureServer: (server) => () => serveApp(server, resolved, () => entryMissing(options)),
    configurePreviewServer: (server) => previewSite(server, resolved),
  }
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

const hasClient = ({ root, build }: Pick<ResolvedConfig, 'root' | 'build'>) =>
  build.rolldownOptions.input !== undefined || existsSync(join(root, 'index.html'))

const entryMissing = ({ entry }: DistillOptions) =>
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
