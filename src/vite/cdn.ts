import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin, ResolvedConfig } from 'vite'
import { type Cdn, type CdnValues, createCdn } from '../cdn/url.ts'
import { useCdn } from '../cdn/index.ts'
import { linkBeside } from './external-module.ts'
import type { ResolvedOptions } from '../options.ts'
import { findBuild } from '../build-record.ts'
import { fileBeside, followClient, recordClient, recordServer } from '../cdn/values-file.ts'
import { takeValues } from '../cdn/values.ts'

const publicId = 'vite-distill/cdn'
const moduleId = `\0${publicId}`
/** What the module of a server's bundle imports its values from. */
const valuesId = 'virtual:distill/cdn'

/** Gives the app's `vite-distill/cdn` the values of its build, the same ones on server and client. */
export function cdnPlugin(options: () => ResolvedOptions): Plugin {
  let config: ResolvedConfig
  let taken: { values: CdnValues; cdn: Cdn } | undefined
  /** The environments whose bundle holds the module. */
  const asking = new Set<string>()

  function take(): NonNullable<typeof taken> {
    if (taken) return taken
    const { values, warning } = takeValues(config, options())
    if (warning !== undefined) config.logger.warn(warning)
    return (taken = { values, cdn: createCdn(values) })
  }
  const isOfPublic = (file: string) => {
    const { publicDir } = config
    return publicDir !== '' && file.startsWith(publicDir.replace(/\/?$/, '/'))
  }
  const byContent = () => options().cdn.tag === 'content'

  return {
    name: 'vite-distill:cdn',
    // Before Vite leaves the import to Node, as it does with packages in a server's bundle.
    enforce: 'pre',
    sharedDuringBuild: true,

    configResolved(all) {
      // Runs once for each environment; the first is the one that belongs to the command.
      config ??= all
    },

    config: () => ({ optimizeDeps: { exclude: [publicId] } }),

    buildStart() {
      // The client's build copies the files, and the server's follows its note.
      if (this.environment.name !== 'client' || !this.meta.watchMode || !byContent()) return
      for (const [key] of take().values.files!) this.addWatchFile(join(config.publicDir, key))
    },

    resolveId: {
      filter: { id: [/^vite-distill\/cdn$/, /^virtual:distill\/cdn$/] },
      handler(id) {
        const { mode, config: own } = this.environment
        if (id === valuesId) return { id, external: true }
        // The dev server's own process needs no copy: the file itself asks what `configureServer` leaves there.
        return mode === 'dev' && own.consumer === 'server' ? undefined : moduleId
      },
    },

    load: {
      filter: { id: /^\0vite-distill\/cdn$/ },
      handler() {
        const { mode, name, config: own } = this.environment
        asking.add(name)
        return mode === 'build' && own.consumer === 'server' ? serverModule() : clientModule(take().values)
      },
    },

    watchChange(id) {
      if (byContent() && isOfPublic(id)) taken = undefined
    },

    generateBundle(_, bundle) {
      linkBeside(bundle, valuesId, fileBeside)
    },

    writeBundle({ dir }, bundle) {
      const { name, config: own } = this.environment
      const asks = asking.has(name) || options().cdn.given
      if (name === 'client') {
        recordClient(dir!, asks ? take().values : undefined)
        if (asks) followClient(findBuild(options()), take().values)
      } else if (own.consumer === 'server' && asks) {
        const entry = Object.values(bundle).find((file) => file.type === 'chunk' && file.isEntry)
        if (entry) recordServer(join(dir!, entry.fileName), findBuild(options()), take().values)
      }
    },

    configureServer() {
      useCdn({
        cdnStatic: (path) => take().cdn.cdnStatic(path),
        cdnTag: () => take().cdn.cdnTag(),
      })
    },

    hotUpdate({ file, modules }) {
      if (!byContent() || !isOfPublic(file)) return
      taken = undefined
      const module = this.environment.moduleGraph.getModuleById(moduleId)
      return module ? [...modules, module] : modules
    },
  }
}

/** What the app imports. It brings its code along: a browser could not be sent a file of another folder in dev. */
const moduleOf = (values: string) => `${readFileSync(new URL('../cdn/url.js', import.meta.url), 'utf8')}
const cdn = /* @__PURE__ */ createCdn(${values})
export const cdnStatic = cdn.cdnStatic
export const cdnTag = cdn.cdnTag
`

const clientModule = (values: CdnValues) => moduleOf(JSON.stringify(values))

/** Shared with whatever else in the server's process imports the file itself. */
const serverModule = () => `import values from '${valuesId}'
${moduleOf('values')}
globalThis[Symbol.for('vite-distill.cdn')] = cdn
`
