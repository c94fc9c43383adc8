import type { ResolvedOptions } from '../options.ts'
import { AppThread } from './app-thread.ts'
import { listAssets } from './assets.ts'
import { requireBuild } from './build-record.ts'
import { refuseCollisions } from './collisions.ts'
import { claims } from './distill.ts'

/** A page that would be distilled. */
export interface DistilledUrl {
  /** Path as the app is asked for it, percent-encoded. */
  url: string
  /** Relative to the site. */
  file: string
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
): Promise<{ urls: DistilledUrl[]; notices: string[] }> {
  const build = requireBuild(options)
  const { origin, layout, concurrency, timeout } = options
  const thread = new AppThread({ entry: build.server, origin, layout, concurrency, timeout, env })
  try {
    const plan = await thread.plan()
    refuseCollisions(claims(plan, listAssets(build.client, options)))
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
