import type { DistilledUrl } from '../routes/pages.ts'
import type { ResolvedOptions } from '../options.ts'
import { AppThread } from './worker/app-thread.ts'
import { requireBuild } from '../build-record.ts'
import { listSources } from './sources.ts'

/** A page that would be distilled, with its route and params. */
export interface ListedUrl extends DistilledUrl {
  route: string
  params?: Record<string, string>
}

/**
 * Lists every page of the app that was built last, without rendering any.
 * @param quiet Says nothing while it waits for the app
 * @throws {DistillError} `NOT_BUILT`, or why the pages cannot be listed
 */
export async function listUrls(
  options: ResolvedOptions,
  env: NodeJS.ProcessEnv,
  quiet: boolean,
): Promise<{ urls: ListedUrl[]; notices: string[]; warnings: string[] }> {
  const app = { options, build: requireBuild(options), env, quiet }
  const thread = new AppThread(app)
  try {
    const { list } = await listSources(thread, app)
    const urls = list.pages.map(({ url, key, route, params }) => ({
      url,
      file: key,
      route: list.routes[route]!.route,
      params,
    }))
    return { urls, notices: list.notices, warnings: list.warnings }
  } finally {
    await thread.close()
  }
}
