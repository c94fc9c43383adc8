import { DistillError, type ErrorCode, messageOf } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { refuseCollisions } from '../render/collisions.ts'
import { type ResolvedRedirect, checkChains, resolveRedirects } from '../render/redirects.ts'
import { generatedFiles } from '../render/sources.ts'
import { inTime } from '../render/waiting.ts'
import type { DevError, DevReport } from '../report/data.ts'
import { type App, readEntry } from '../routes/entry.ts'
import { devError } from './dev-error.ts'
import { type DevRoutes, listDevRoutes } from './dev-routes.ts'

/**
 * What a build would distil, as far as it is known without rendering. What fails is in `errors`; all else is there.
 * @param importEntry Resolves to the exports of the server entry
 */
export async function devReport(
  options: ResolvedOptions,
  importEntry: () => Promise<Record<string, unknown>>,
): Promise<DevReport> {
  const { base } = options
  const errors: DevError[] = []
  const attempt = async <T>(code: ErrorCode, work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      errors.push(devError(error, code))
      return undefined
    }
  }

  const [{ app, found }, redirects = []] = await Promise.all([
    attempt('ENTRY_FAILED', () => loadApp(options, importEntry)).then(async (app) => ({
      app,
      found: app ? await listDevRoutes(app, options) : nothing,
    })),
    attempt('OPTION_INVALID', () => resolveRedirects(options, { quiet: true })),
  ])
  errors.push(...found.errors)
  await attempt('COLLISION', () => checkCollisions(found, redirects, options))
  const chains = await attempt('REDIRECT_LOOP', () => checkChains(redirects, new Map(), options))
  const pages = found.pages.map(({ url, key, route, params }) => ({
    url: base + url.slice(1),
    key,
    route,
    ...(params && { params }),
  }))
  return {
    version: 1,
    kind: 'dev',
    base,
    routes: found.routes,
    pages: pages.sort((a, b) => (a.url < b.url ? -1 : a.url > b.url ? 1 : 0)),
    redirects: redirects.map(({ from, to, status }) => ({ from: base + from.slice(1), to, status })),
    errors,
    notices: found.notices,
    warnings: [...(app?.warnings ?? []), ...(chains ?? [])],
  }
}

const nothing: DevRoutes = { routes: [], pages: [], errors: [], notices: [] }

/**
 * Loads the app and reads its routes.
 * @throws {DistillError} `ENTRY_MISSING`, `ENTRY_FAILED`, `ENTRY_INVALID`
 */
async function loadApp(
  { entry, timeout }: ResolvedOptions,
  importEntry: () => Promise<Record<string, unknown>>,
): Promise<App> {
  const load = async () => {
    try {
      return await readEntry(await importEntry(), entry)
    } catch (cause) {
      if (cause instanceof DistillError) throw cause
      const message = `the server entry threw while it was loaded: ${messageOf(cause)}`
      throw new DistillError('ENTRY_FAILED', message, { cause })
    }
  }
  return inTime(load(), { what: 'the server entry', code: 'ENTRY_FAILED', timeout, tell: () => {} })
}

/** @throws {DistillError} `COLLISION`. Only a build knows the files of the client. */
const checkCollisions = (
  { routes, pages }: DevRoutes,
  redirects: readonly ResolvedRedirect[],
  options: ResolvedOptions,
) =>
  refuseCollisions({
    list: { routes: routes.map(({ route }) => ({ route, status: [] })), pages, notices: [], warnings: [] },
    assets: [],
    redirects,
    generated: generatedFiles(options),
  })
