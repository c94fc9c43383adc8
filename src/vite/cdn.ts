import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin, ResolvedConfig } from 'vite'
import { type Cdn, type CdnValues, createCdn } from '../cdn/url.ts'
import { useCdn } from '../cdn/index.ts'
import { linkChunks } from './external-module.ts'
import type { ResolvedOptions } from '../options.ts'
import { findBuild } from '../build-record.ts'
import { fileBeside, followClient, recordClient, recordServer } from '../cdn/values-file.ts'
import { takeValues } from '../cdn/values.ts'

const publicId = 'vite-distill/cdn'
const moduleId = `\0${publicId}`
/** The module in a server's bundle imports its values from here: a file beside the bundle. */
const valuesId = 'virtual:distill/cdn'

/** Gives the app's `vite-distill/cdn` the values of its build, the same on server and client. */
export function cdnPlugin(options: () => ResolvedOptions): Plugin {
  let config: ResolvedConfig
  let taken: { values: CdnValues; cdn: Cdn } | undefined
  /** The environments that import the module. */
  const importing = new Set<string>()

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
    // Before Vite makes the package external to the server's bundle.
    enforce: 'pre',
    sharedDuringBuild: true,

    configResolved(all) {
      // Runs once for each environment; the first config is the command's own.
      config ??= all
    },

    config: () => ({ optimizeDeps: { exclude: [publicId] } }),

    buildStart() {
      // The client's build copies the files and records their tags; the server's build reads that record.
      if (this.environment.name !== 'client' || !this.meta.watchMode || !byContent()) return
      for (const [key] of take().values.files!) this.addWatchFile(join(config.publicDir, key))
    },

    resolveId: {
      filter: { id: [/^vite-distill\/cdn$/, /^virtual:distill\/cdn$/] },
      handler(id) {
        const { mode, config: own } = this.environment
        if (id === valuesId) return { id, external: true }
        // In the dev server's process, the package's own module has the values that `configureServer` sets.
        return mode === 'dev' && own.consumer === 'server' ? undefined : moduleId
      },
    },

    load: {
      filter: { id: /^\0vite-distill\/cdn$/ },
      handler() {
        const { mode, name, config: own } = this.environment
        importing.add(name)
        return mode === 'build' && own.consumer === 'server'
          ? serverModule()
          : moduleOf(JSON.stringify(take().values))
      },
    },

    watchChange(id) {
      if (byContent() && isOfPublic(id)) taken = undefined
    },

    renderChunk: linkChunks(valuesId, fileBeside),

    writeBundle({ dir }, bundle) {
      const { name, config: own } = this.environment
      const tagged = importing.has(name) || options().cdn.given
      if (name === 'client') {
        recordClient(dir!, tagged ? take().values : undefined)
        if (tagged) followClient(findBuild(options()), take().values)
      } else if (own.consumer === 'server' && tagged) {
        const hasEntry = Object.values(bundle).some((file) => file.type === 'chunk' && file.isEntry)
        if (hasEntry) recordServer(dir!, findBuild(options()), take().values)
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

/** The module that the app imports. It includes its code, because the dev server cannot send a browser a file of this package. */
const moduleOf = (values: string) => `${readFileSync(new URL('../cdn/url.js', import.meta.url), 'utf8')}
const cdn = /* @__PURE__ */ createCdn(${values})
export const cdnStatic = cdn.cdnStatic
export const cdnTag = cdn.cdnTag
`

/** Shares its values with code in the server's process that imports the package's own module. */
const serverModule = () => `import values from '${valuesId}'
${moduleOf('values')}
globalThis[Symbol.for('vite-distill.cdn')] = cdn
`
