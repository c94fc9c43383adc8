import { readEntry } from '../render/entry.ts'
import { type PlanOptions, plan } from '../render/plan.ts'
import { distilling } from './distilling.ts'
import type { DistillRoute } from './routes.ts'
import { settings } from './settings.ts'

/** A page that is distilled. */
export interface DistilledUrl {
  /** Path as the app is asked for it, percent-encoded. */
  url: string
  /** The file it becomes, relative to the site. */
  file: string
}

/**
 * Every page that is distilled, for a sitemap or an index; by asking each route's `distillParams` in a running
 * server, and from the plan while distilling. Not to be called by `distillParams` itself.
 * @param app The app, or an object with it as `default` and its `distillRoutes`. Not needed while distilling.
 */
export async function distilledUrls(app?: unknown): Promise<DistilledUrl[]> {
  const current = distilling()
  if (current) return current.urls()
  if (app === undefined) {
    throw new TypeError('`distilledUrls()` needs the app in a running server: `distilledUrls(app)`')
  }
  const { routes, shadowOf } = await readEntry(asEntry(app))
  return urlsOf(routes, { ...settings(), shadowOf })
}

/** Asks every route for its pages. */
export async function urlsOf(routes: readonly DistillRoute[], options: PlanOptions): Promise<DistilledUrl[]> {
  const urls: DistilledUrl[] = []
  await plan(routes, options, ({ url, key }) => urls.push({ url, file: key }))
  return urls
}

/** A server entry's exports are told from an app by having their own `default`. */
export const asEntry = (app: unknown): Record<string, unknown> =>
  typeof app === 'object' && app !== null && 'default' in app
    ? (app as Record<string, unknown>)
    : { default: app }
