import type { DistillExports, DistillRoute } from './types.ts'
import { pathToFileURL } from 'node:url'
import { addRoute, createRouter, findRoute } from 'rou3'
import { DistillError, messageOf } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { meantExport } from './export-names.ts'
import { fetchOf } from './handler.ts'
import { answersGet, registeredRoutes } from './registered.ts'

/** An app of any framework. */
export interface App {
  /** The default export itself. */
  app: unknown
  fetch(request: Request): Response | Promise<Response>
  /** The routes that are distilled. */
  routes: DistillRoute[]
  /** Which other route of the app answers this URL of a route, if one does. Undefined if the app's routes cannot be read. */
  answeringRoute?: ((route: string, url: string) => string | undefined) | undefined
  /** Patterns of the GET routes that are not distilled. Empty if the app's routes cannot be read. */
  otherRoutes: string[]
  /** Names that are probably misspelt, and so have no effect. */
  warnings: string[]
}

/** An error as h3 passes it on. */
export interface H3Error {
  cause?: unknown
  unhandled?: boolean
}

/** The parts of an H3 app that are used. Not h3's type: the app may have another copy of h3. */
export interface H3Like {
  '~routes': { method?: string; route?: string; meta?: DistillExports }[]
  config: { silent?: boolean; onError?: (error: H3Error, event: { req: Request }) => unknown }
}

/**
 * Imports the built server entry.
 * @param onImported Called before its `distillRoutes`
 * @throws {DistillError} `ENTRY_FAILED` when it throws, `ENTRY_INVALID` when it exports no app
 */
export async function loadEntry(path: string, onImported: () => void): Promise<App> {
  let entry: Record<string, unknown>
  try {
    entry = (await import(pathToFileURL(path).href)) as Record<string, unknown>
  } catch (cause) {
    throw new DistillError(
      'ENTRY_FAILED',
      `the server entry threw while it was loaded: ${messageOf(cause)} (in \`${faultyFile(cause) ?? path}\`)`,
      { cause },
    )
  }
  onImported()
  // All exports of a CommonJS bundle are its default export.
  const commonJs = entry.default as { __esModule?: boolean } | undefined
  return readEntry(commonJs?.__esModule ? (commonJs as Record<string, unknown>) : entry, path)
}

/** Where a syntax error is, `file:line`: Node puts it before the message of the stack, and nowhere else. */
const faultyFile = (error: unknown): string | undefined =>
  error instanceof SyntaxError ? /^(?:file:\/\/)?(\S.*:\d+)\n/.exec(error.stack ?? '')?.[1] : undefined

/**
 * Finds the app and its routes in a server entry's exports.
 * @param file The entry's path, if it is known
 * @throws {DistillError} `ENTRY_INVALID`
 */
export async function readEntry(entry: Record<string, unknown>, file?: string): Promise<App> {
  const fetch = await fetchOf(entry, file === undefined ? 'the server entry' : `the server entry \`${file}\``)
  const app = entry.default
  const registered = (app as Partial<H3Like>)['~routes']
  const h3Routes = Array.isArray(registered) ? (registered as H3Like['~routes']) : undefined
  const listed = await routesOfEntry(entry.distillRoutes)
  const routes = [...distilledOf(h3Routes ?? []), ...listed]
  const distilled = new Set(routes.map(({ route }) => route))
  return {
    app,
    fetch,
    routes,
    otherRoutes: registeredRoutes(app)
      .filter(answersGet)
      .map(({ route }) => route)
      .filter((route) => !distilled.has(route)),
    answeringRoute: h3Routes && answeringRouteOf(h3Routes),
    warnings: [
      ...misspeltRoutes(entry),
      ...(h3Routes ?? []).flatMap(({ route = '/', meta }) => misspeltExports(route, meta)),
      ...listed.flatMap((item) => misspeltExports(item.route, item)),
    ],
  }
}

/** Warns of exports that nothing reads: without them, pages would be missing in silence. */
const misspeltExports = (route: string, exports: object | null | undefined): string[] =>
  Object.keys(exports ?? {}).flatMap((name) => {
    const meant = meantExport(name)
    return meant === undefined
      ? []
      : [`route \`${route}\`: \`${name}\` has no effect; did you mean \`${meant}\`?`]
  })

const misspeltRoutes = (entry: object): string[] =>
  Object.keys(entry)
    .filter((name) => name !== 'distillRoutes' && nearest(name, ['distillRoutes']) !== undefined)
    .map((name) => `the server entry's \`${name}\` has no effect; did you mean \`distillRoutes\`?`)

/** h3 answers by the best match of all its routes, which may be another route than the one a page is of. */
function answeringRouteOf(registered: H3Like['~routes']): App['answeringRoute'] {
  const router = createRouter<string>()
  for (const { method, route = '/' } of registered) addRoute(router, method ?? '', route, route)
  const known = new Set(registered.map(({ route = '/' }) => route))
  return (route, url) => {
    const answering = known.has(route) ? findRoute(router, 'GET', url, { params: false })?.data : undefined
    return answering === route ? undefined : answering
  }
}

const distilledOf = (registered: H3Like['~routes']): DistillRoute[] =>
  registered
    .filter(answersGet)
    .filter(
      ({ meta }) => meta?.distillParams !== undefined || meta?.distill === true || meta?.distill === 'linked',
    )
    .map(({ route = '/', meta }) => ({ ...meta, route }))

async function routesOfEntry(exported: unknown): Promise<DistillRoute[]> {
  const list: unknown = typeof exported === 'function' ? await exported() : exported
  if (list === undefined) return []
  if (!Array.isArray(list))
    throw new DistillError('ENTRY_INVALID', '`distillRoutes` of the server entry is not a list of routes')
  for (const item of list as unknown[]) {
    const route = (item as DistillRoute | null)?.route
    if (typeof route !== 'string' || !route.startsWith('/')) {
      throw new DistillError(
        'ENTRY_INVALID',
        `an element of \`distillRoutes\` has the route \`${JSON.stringify(route)}\``,
        {
          hint: 'Each element is an object with a `route` that starts with `/`.',
        },
      )
    }
  }
  // A listed route is always distilled: one without params does not need `distill: true`.
  return list as DistillRoute[]
}

/** Takes an app or the exports of a server entry, which are the ones with a `default`. */
export const asEntry = (app: unknown): Record<string, unknown> =>
  typeof app === 'object' && app !== null && 'default' in app
    ? (app as Record<string, unknown>)
    : { default: app }
