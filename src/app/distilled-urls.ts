import { asEntry, readEntry } from '../routes/entry.ts'
import { type DistilledUrl, urlsOf } from '../routes/pages.ts'
import { distilling } from '../routes/distilling.ts'
import { settings } from '../routes/settings.ts'

/**
 * Every page that is distilled, for a sitemap or an index. Calls each route's `distillParams`, so `distillParams`
 * itself cannot call it.
 * @param app The app, or an object with it as `default` and its `distillRoutes`. Not needed while distilling.
 * @throws {DistillError} `PARAMS_INVALID`
 */
export async function distilledUrls(app?: unknown): Promise<DistilledUrl[]> {
  const urls = distilling()
  if (urls) return urls()
  if (app === undefined) {
    throw new TypeError('`distilledUrls()` needs the app in a running server: `distilledUrls(app)`')
  }
  const { routes, answeringRoute } = await readEntry(asEntry(app))
  return urlsOf(routes, { ...settings(), answeringRoute })
}
