import { resolve } from 'node:path'
import { type Plugin, mergeConfig } from 'vite'
import type { Build } from './build.ts'
import { appEnvironment, buildConfig, buildDirOf, entryMissing } from './config.ts'
import { cdnPlugin } from './cdn.ts'
import { devReportPlugin } from './dev-report-plugin.ts'
import { devPlugin } from './dev.ts'
import { devToolsPlugin } from './devtools.ts'
import { type DistillOptions, type ResolvedOptions, resolveOptions } from '../options.ts'
import { refuseTwice } from './load-options.ts'
import { preloadsPlugin } from './preloads.ts'
import { previewPlugin } from './preview.ts'
import { templatePlugin } from './template.ts'

/** The plugin: add it to `plugins` after the framework's own. */
export function distill(options: DistillOptions = {}): Plugin[] {
  let resolved: ResolvedOptions
  let buildDir: string
  const current = () => resolved

  const first: Plugin = {
    name: 'vite-distill:build-dir',
    enforce: 'pre',
    sharedDuringBuild: true,
    config: {
      // Before other plugins change it: the commands of vite-distill find the site by the config alone.
      order: 'pre',
      handler({ build = {} }, { isSsrBuild }) {
        buildDir = buildDirOf(build.outDir, isSsrBuild)
      },
    },
  }

  const config: Plugin = {
    name: 'vite-distill',
    enforce: 'post',
    sharedDuringBuild: true,
    // For the command line, which loads the config without resolving it.
    api: { options },

    config(user, { command, isSsrBuild }) {
      const given = resolveOptions(options, { root: resolve(user.root ?? '.'), base: '/' })
      const common = {
        // The app answers, and not a page of Vite's: `index.html` is its template.
        appType: (user.server?.middlewareMode && user.appType) || ('custom' as const),
        environments: { client: {}, ssr: appEnvironment(given) },
      }
      return command === 'serve' ? common : mergeConfig(common, buildConfig(user, options, given, isSsrBuild))
    },

    configResolved(config) {
      // Runs once for each environment; the first config is the command's own.
      resolved ??= resolveOptions(options, { root: config.root, base: config.base, buildDir })
      refuseTwice(config.plugins)
    },
  }
  return [
    config,
    first,
    ...buildPlugins(current),
    templatePlugin(current),
    preloadsPlugin(),
    devPlugin(current, () => entryMissing(options)),
    devReportPlugin(current, () => entryMissing(options)),
    devToolsPlugin(() => current().base),
    previewPlugin(current),
    cdnPlugin(current),
  ]
}

function buildPlugins(options: () => ResolvedOptions): Plugin[] {
  let build: Build

  const begin: Plugin = {
    name: 'vite-distill:build-begin',
    // Before any other plugin's `buildApp`, which may build both environments.
    enforce: 'pre',
    sharedDuringBuild: true,
    buildApp: { order: 'pre', handler: async () => build.buildAppStart() },
  }

  const main: Plugin = {
    name: 'vite-distill:build',
    enforce: 'post',
    // One instance for all environments: it needs to know of the builds of both.
    sharedDuringBuild: true,

    async configResolved(config) {
      // Every command loads this plugin, and few of them build.
      const { Build } = await import('./build.ts')
      build ??= new Build(config, options())
    },
    buildStart() {
      if (this.environment.mode === 'build') build.buildStart(this.environment)
    },
    generateBundle(_, bundle) {
      build.generateBundle(this.environment, bundle)
    },
    writeBundle(output, bundle) {
      build.writeBundle(this.environment, output.dir!, bundle)
    },
    buildApp: {
      order: 'post',
      handler: (builder) => build.buildApp(builder),
    },
    closeBundle: {
      sequential: true,
      handler() {
        return build.closeBundle(this.environment)
      },
    },
  }
  return [begin, main]
}
