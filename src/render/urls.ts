import type { DistilledUrl } from '../routes/pages.ts'
import type { ResolvedOptions } from '../options.ts'
import { AppThread, appConfig } from './worker/app-thread.ts'
import { listAssets } from './assets.ts'
import { requireBuild } from '../build-record.ts'
import { refuseCollisions } from './collisions.ts'
import { planRedirects } from './redirects.ts'

/** A page that would be distilled, with what it is of. */
export interface PlannedUrl extends DistilledUrl {
  route: string
  params?: Record<string, string>
}

/**
 * Lists every page of the app that was built last, without rendering any.
 * @throws {DistillError} `NOT_BUILT`, or what planning a build throws
 */
export async function listUrls(
  options: ResolvedOptions,
  env: NodeJS.ProcessEnv,
): Promise<{ urls: PlannedUrl[]; notices: string[] }> {
  const build = requireBuild(options)
  const thread = new AppThread(appConfig(options, build, env))
  try {
    const [plan, redirects] = await Promise.all([thread.plan(), planRedirects(options)])
    const assets = listAssets(build, options)
    refuseCollisions({ plan, assets, redirects, sitemap: options.sitemap })
    const urls = plan.pages.map(({ url, key, route, params }) => ({
      url,
      file: key,
      route: plan.routes[route]!.route,
      ...(params ? { params } : {}),
    }))
    return { urls, notices: plan.notices }
  } finally {
    await thread.close()
  }
}
