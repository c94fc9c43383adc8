import { resolve } from 'node:path'
import { type Plugin, mergeConfig } from 'vite'
import { Build } from './build.ts'
import { appEnvironment, buildConfig, entryMissing } from './config.ts'
import { cdnPlugin } from './cdn.ts'
import { reloadBrowser, serveApp } from './dev.ts'
import { type DistillOptions, type ResolvedOptions, resolveOptions } from '../options.ts'
import { previewSite } from './preview.ts'
import { linkTemplate, templateId, templateSource } from './template.ts'

/** What the command line asks of the plugin that it finds in a config. */
export interface DistillApi {
  /** As the user gave them. */
  options: DistillOptions
}

/** The plugin: add it to `plugins` after the framework's own. */
export function distill(options: DistillOptions = {}): [Plugin, Plugin<DistillApi>, Plugin] {
  let resolved: ResolvedOptions
  let build: Build

  const main: Plugin<DistillApi> = {
    name: 'vite-distill',
    enforce: 'post',
    // One instance for all environments: what it learns from the one build it needs in the other.
    sharedDuringBuild: true,
    api: { options },

    config(user, { command, isSsrBuild }) {
      const given = resolveOptions(options, { root: resolve(user.root ?? '.'), base: '/' })
      const common = {
        appType: user.appType ?? 'custom',
        environments: { client: {}, ssr: appEnvironment(given) },
      }
      return command === 'serve' ? common : mergeConfig(common, buildConfig(user, options, isSsrBuild))
    },

    configResolved(config) {
      // Runs once for each environment; the first is the one that belongs to the command.
      resolved ??= resolveOptions(options, config)
      build ??= new Build(config, resolved)
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
        return templateSource(this, resolved.root)
      },
    },

    buildStart() {
      if (this.environment.mode === 'build') build.begin(this.environment)
    },

    generateBundle(_, bundle) {
      linkTemplate(bundle)
    },

    writeBundle(output, bundle) {
      build.wrote(this.environment, output.dir!, bundle)
    },

    buildApp: {
      order: 'post',
      handler: (builder) => build.whole(builder),
    },

    closeBundle: {
      sequential: true,
      handler() {
        return build.closed(this.environment)
      },
    },

    hotUpdate(change) {
      reloadBrowser(this.environment, change)
    },
    configureServer: (server) => () => serveApp(server, resolved, () => entryMissing(options)),
    configurePreviewServer: (server) => previewSite(server, resolved),
  }
  /** Another plugin that owns the build may build both before the hook above is called, which distils. */
  const first: Plugin = {
    name: 'vite-distill:first',
    enforce: 'pre',
    sharedDuringBuild: true,
    buildApp: { order: 'pre', handler: async () => build.expectWhole() },
  }
  return [first, main, cdnPlugin(() => resolved)]
}
