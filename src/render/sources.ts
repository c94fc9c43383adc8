import { listAssets } from './assets.ts'
import { type SiteSources, refuseCollisions } from './collisions.ts'
import { resolveRedirects } from './redirects.ts'
import type { AppThread, BuiltApp } from './worker/app-thread.ts'

/**
 * Lists everything that the site is made of.
 * @throws {DistillError} `COLLISION`, or why the pages or the redirects cannot be listed
 */
export async function listSources(app: AppThread, { options, build, quiet }: BuiltApp): Promise<SiteSources> {
  const assets = listAssets(build, options)
  const [list, redirects] = await Promise.all([app.listPages(), resolveRedirects(options, { quiet })])
  const sources: SiteSources = { list, assets, redirects, sitemap: options.sitemap }
  refuseCollisions(sources)
  return sources
}
