import { listAssets } from './assets.ts'
import { checkFallback } from './fallback.ts'
import { type SiteSources, refuseCollisions } from './collisions.ts'
import { resolveRedirects } from './redirects.ts'
import type { AppThread, BuiltApp } from './worker/app-thread.ts'

/**
 * Lists everything that the site is made of.
 * @throws {DistillError} `COLLISION`, or why the pages or the redirects cannot be listed
 */
export async function listSources(app: AppThread, { options, build }: BuiltApp): Promise<SiteSources> {
  checkFallback(build, options)
  const assets = listAssets(build, options)
  const [list, redirects] = await Promise.all([app.listPages(), resolveRedirects(options)])
  const generated = [
    ...(options.sitemap ? [{ key: 'sitemap.xml', option: 'sitemap' }] : []),
    ...(options.fallback === undefined ? [] : [{ key: options.fallback, option: 'fallback' }]),
  ]
  const sources: SiteSources = { list, assets, redirects, generated }
  refuseCollisions(sources)
  return sources
}
