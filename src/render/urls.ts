import type { DistilledUrl } from '../routes/pages.ts'
import type { ResolvedOptions } from '../options.ts'
import { AppThread, appConfig } from './worker/app-thread.ts'
import { listAssets } from './assets.ts'
import { requireBuild } from '../build-record.ts'
import { refuseCollisions } from './collisions.ts'
import { resolveRedirects } from './redirects.ts'

/** A page that would be distilled, with its route and params. */
export interface ListedUrl extends DistilledUrl {
  route: string
  params?: Record<string, string>
}

/**
 * Lists every page of the app that was built last, without rendering any.
 * @throws {DistillError} `NOT_BUILT`, or why the pages cannot be listed
 */
export async function listUrls(
  options: ResolvedOptions,
  env: NodeJS.ProcessEnv,
): Promise<{ urls: ListedUrl[]; notices: string[] }> {
  const build = requireBuild(options)
  const thread = new AppThread(appConfig(options, build, env))
  try {
    const [list, redirects] = await Promise.all([thread.listPages(), resolveRedirects(options)])
    const assets = listAssets(build, options)
    refuseCollisions({ list, assets, redirects, sitemap: options.sitemap })
    const urls = list.pages.map(({ url, key, route, params }) => ({
      url,
      file: key,
      route: list.routes[route]!.route,
      params,
    }))
    return { urls, notices: list.notices }
  } finally {
    await thread.close()
  }
}
