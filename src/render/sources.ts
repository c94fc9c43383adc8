import { listAssets } from './assets.ts'
import { type SiteSources, refuseCollisions } from './collisions.ts'
import { resolveRedirects } from './redirects.ts'
import { refuseTemplatePrecache, withoutStaleCopies } from './template-copies.ts'
import type { AppThread, BuiltApp } from './worker/app-thread.ts'

/**
 * Lists everything that the site is made of.
 * @throws {DistillError} `COLLISION`, `FILE_PRIVATE`, `PATH_UNSAFE`, `PRECACHE_STALE`, or why the pages or the redirects cannot be listed
 */
export async function listSources(app: AppThread, { options, build, quiet }: BuiltApp): Promise<SiteSources> {
  const assets = listAssets(build, options)
  refuseTemplatePrecache(assets, options.base)
  const [list, redirects] = await Promise.all([app.listPages(), resolveRedirects(options, { quiet })])
  const found: SiteSources = { list, assets, redirects, sitemap: options.sitemap }
  const { notices, assets: kept } = withoutStaleCopies(found)
  const sources = { ...found, assets: kept, list: { ...list, notices: [...list.notices, ...notices] } }
  refuseCollisions(sources)
  return sources
}
