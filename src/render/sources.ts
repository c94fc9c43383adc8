import type { ResolvedOptions } from '../options.ts'
import type { PageList } from '../routes/types.ts'
import { listAssets } from './assets.ts'
import { checkFallback } from './fallback.ts'
import { hostFileKeys } from './host-files/host-files.ts'
import { type SiteSources, refuseCollisions } from './collisions.ts'
import { resolveRedirects } from './redirects.ts'
import { refuseTemplatePrecache, withoutStaleCopies } from './template-copies.ts'
import type { BuiltApp } from './worker/app-thread.ts'

/**
 * Lists everything that the site is made of.
 * @throws {DistillError} `COLLISION`, `FILE_PRIVATE`, `PATH_UNSAFE`, `PRECACHE_STALE`, or why the pages or the redirects cannot be listed
 */
export async function listSources(
  listPages: () => Promise<PageList>,
  { options, build, quiet }: BuiltApp,
): Promise<SiteSources> {
  checkFallback(build, options)
  const hostKeys = hostFileKeys(options)
  // The app's own are written with what the build adds.
  const assets = listAssets(build, options).filter(({ key }) => !hostKeys.includes(key))
  refuseTemplatePrecache(assets, options.base)
  const [list, redirects] = await Promise.all([listPages(), resolveRedirects(options, { quiet })])
  const found: SiteSources = { list, assets, redirects, generated: generatedFiles(options) }
  const { notices, assets: kept } = withoutStaleCopies(found)
  const sources = { ...found, assets: kept, list: { ...list, notices: [...list.notices, ...notices] } }
  refuseCollisions(sources)
  return sources
}

/** The files that options add, as far as they are known before a page is rendered. */
export function generatedFiles(options: ResolvedOptions): SiteSources['generated'] {
  return [
    ...(options.sitemap ? [{ key: 'sitemap.xml', option: 'sitemap' }] : []),
    ...(options.fallback === undefined ? [] : [{ key: options.fallback, option: 'fallback' }]),
    ...hostFileKeys(options).map((key) => ({ key, option: 'hostFiles' })),
  ]
}
