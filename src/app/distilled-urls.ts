import { asEntry, readEntry } from '../routes/entry.ts'
import { type DistilledUrl, urlsOf } from '../routes/pages.ts'
import { distilling } from '../routes/distilling.ts'
import { settings } from '../routes/settings.ts'

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
