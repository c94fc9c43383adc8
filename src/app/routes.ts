import { isDistillExport, meantExport } from '../routes/export-names.ts'
import type { DistillExports } from '../routes/types.ts'

/** A module with a handler as its default export and the distill exports beside it. */
export interface RouteModule<Handler = unknown> extends DistillExports {
  default: Handler
}

/** The part of an H3 app that is used. Not h3's type: the app may have another copy of h3. */
interface Registrar {
  get(route: string, handler: never, options?: { meta?: Record<string, unknown> }): unknown
}

type Plugin = (app: Registrar) => void

/**
 * An h3 plugin that registers a GET route for each entry: `app.register(routes({ '/about': about }))`.
 * A module's distill exports go into its route's `meta`, and so do misspelt ones, which a build warns of.
 */
export function routes(modules: Record<string, RouteModule>): Plugin {
  return (app) => {
    for (const [route, module] of Object.entries(modules)) {
      const { default: handler, ...exports } = module
      const kind = typeof handler
      if (kind !== 'function' && (kind !== 'object' || handler === null)) {
        throw new TypeError(`the module of route \`${route}\` has no handler as its default export`)
      }
      const meta = Object.entries(exports).filter(
        ([name]) => isDistillExport(name) || meantExport(name) !== undefined,
      )
      app.get(route, handler as never, { meta: Object.fromEntries(meta) })
    }
  }
}

/**
 * An h3 plugin that registers route modules by their file names:
 * `fileRoutes(import.meta.glob('./routes/**\/*.ts', { eager: true }))`.
 *
 * `index.ts` is the folder itself, `[slug]` a param, `[[page]]` an optional param and `[...path]` the rest of the
 * path. Any other name is part of the URL: `feed.xml.ts` is `/feed.xml`.
 * @param base The folder of `/`. Default: the one named `routes` or `pages`, else the deepest that holds all modules.
 */
export function fileRoutes(modules: Record<string, unknown>, { base }: { base?: string } = {}): Plugin {
  const files = Object.keys(modules)
  const prefix = base === undefined ? commonFolder(files) : `${base.replace(/\/+$/, '')}/`
  return routes(
    Object.fromEntries(
      files.map((file) => {
        if (!file.startsWith(prefix))
          throw new TypeError(`the route module \`${file}\` is not inside \`${prefix}\``)
        return [routeOf(file.slice(prefix.length)), modules[file] as RouteModule]
      }),
    ),
  )
}

function commonFolder(files: string[]): string {
  const named = /^(?:.*?\/)?(?:routes|pages)\//.exec(files[0] ?? '')?.[0]
  if (named !== undefined && files.every((file) => file.startsWith(named))) return named
  let folder = files[0]?.replace(/[^/]*$/, '') ?? ''
  while (!files.every((file) => file.startsWith(folder))) folder = folder.replace(/[^/]*\/$/, '')
  return folder
}

function routeOf(file: string): string {
  const segments = file.replace(/\.\w+$/, '').split('/')
  if (segments.at(-1) === 'index') segments.pop()
  return `/${segments.map(toPattern).join('/')}`
}

const toPattern = (segment: string) =>
  segment
    .replace(/^\[\.{3}(\w+)\]$/, '**:$1')
    .replace(/^\[\[(\w+)\]\]$/, ':$1?')
    .replace(/\[(\w+)\]/g, ':$1')
