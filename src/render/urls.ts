import type { DistilledUrl } from '../routes/pages.ts'
import { AppThread, type BuiltApp } from './worker/app-thread.ts'
import { listSources } from './sources.ts'

/** A page that would be distilled, with its route and params. */
export interface ListedUrl extends DistilledUrl {
  route: string
  params?: Record<string, string>
}

/**
 * Lists every page of a built app, without rendering any.
 * @throws {DistillError} Why the pages cannot be listed
 */
export async function listUrls(
  app: BuiltApp,
): Promise<{ urls: ListedUrl[]; notices: string[]; warnings: string[] }> {
  const thread = new AppThread(app)
  try {
    const { list } = await listSources(() => thread.listPages(), app)
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
