import type { ResolvedOptions } from '../options.ts'
import { inTime } from '../render/waiting.ts'
import type { DevError, DevRoute } from '../report/data.ts'
import type { App } from '../routes/entry.ts'
import { notDistilled } from '../routes/not-distilled.ts'
import { listPages } from '../routes/pages.ts'
import type { DistillRoute, Page } from '../routes/types.ts'
import { devError } from './dev-error.ts'
import { withAppFetch } from './dev-fetch.ts'

/** The most pages that are listed: a browser has to hold them. */
const maxPages = 100_000
/** Bytes of memory for the pages of one route, which ends a list of nothing but invalid pages. */
const memory = 2 ** 28

export interface DevRoutes {
  routes: DevRoute[]
  /** `route` is an index of `routes`. */
  pages: Page[]
  errors: DevError[]
  notices: string[]
}

/**
 * The routes of an app and the pages of those that are distilled. Each route is listed on its own, all at once: one
 * that fails, or that takes longer than `timeout`, leaves the others as they are.
 */
export async function listDevRoutes(app: App, options: ResolvedOptions): Promise<DevRoutes> {
  const { layout, languages, timeout } = options
  const found: DevRoutes = { routes: [], pages: [], errors: [], notices: [] }
  const cut: string[] = []

  async function list(
    distilled: DistillRoute,
    index: number,
  ): Promise<{ error?: DevError; notices?: string[] }> {
    const { route } = distilled
    const shown: DevRoute = { route, ...stateOf(distilled), pages: 0 }
    found.routes[index] = shown
    const stop = new AbortController()
    const onPage = (page: Page) => {
      if (found.pages.length === maxPages) {
        cut.push(route)
        return stop.abort()
      }
      shown.pages++
      found.pages.push({ ...page, route: index })
    }
    // Nothing asks for cache keys.
    const listed = [{ ...distilled, distillCacheKey: undefined }]
    const { answeringRoute } = app
    const pagesOptions = { layout, languages, answeringRoute, memory, signal: stop.signal }
    const listing = withAppFetch(options, app.fetch, () => listPages(listed, pagesOptions, onPage))
    const what = `\`distillParams\` of route \`${route}\``
    try {
      return await inTime(listing, { what, code: 'PARAMS_INVALID', timeout, tell: () => {} })
    } catch (thrown) {
      if (stop.signal.aborted) return {}
      // A list that goes on later ends with its next page.
      stop.abort()
      const { message } = devError((thrown as Error).cause ?? thrown, 'PARAMS_INVALID')
      Object.assign(shown, { state: 'failed', why: message.split('\n', 1)[0] })
      return { error: { ...devError(thrown, 'PARAMS_INVALID'), route } }
    }
  }

  for (const { error, notices = [] } of await Promise.all(app.routes.map(list))) {
    if (error) found.errors.push(error)
    found.notices.push(...notices)
  }
  for (const { route, why } of notDistilled(app))
    found.routes.push({ route, state: 'not distilled', why, pages: 0 })
  if (found.routes.length === 0)
    found.notices.push(
      'no routes are found: an h3 app registers them, any other app lists those to distil in `distillRoutes`',
    )
  if (cut.length > 0) {
    const names = cut.map((route) => `\`${route}\``).join(', ')
    found.notices.push(`only ${maxPages.toLocaleString('en')} pages are listed; there are more of ${names}`)
  }
  return found
}

function stateOf({ distill, distillParams }: DistillRoute): Pick<DevRoute, 'state' | 'why'> {
  if (distill === 'linked') return { state: 'linked', why: 'a build finds its pages by links' }
  if (distillParams !== undefined) return { state: 'distilled', why: 'has `distillParams`' }
  const why = distill === true ? 'has `distill = true`' : '`distillRoutes` lists it'
  return { state: 'distilled', why }
}
