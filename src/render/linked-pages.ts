import type { FilesOfSite, SiteLinks } from '../links/site-links.ts'
import { parsePattern } from '../routes/pattern.ts'
import type { PageList } from '../routes/types.ts'
import { type SiteSources, refuseCollisions } from './collisions.ts'
import { AppThread, type BuiltApp } from './worker/app-thread.ts'

export interface LinkedPagesInput extends BuiltApp {
  site: SiteSources
  siteLinks: SiteLinks
  /** Keys of files of the last site that stay as they are. */
  kept: readonly string[]
  pathOf: FilesOfSite['pathOf']
  /** Renders pages, with this thread first. */
  render: (app: AppThread, list: PageList) => Promise<void>
}

/**
 * Renders the pages of routes that export `distill = 'linked'`: those that other pages link to, in rounds, until the
 * pages of a round link to no new one.
 * @returns The pages that were found
 * @throws {DistillError} `COLLISION`, or why they cannot be rendered
 */
export async function renderLinkedPages(input: LinkedPagesInput): Promise<PageList['pages']> {
  const { site, siteLinks, pathOf, render, kept } = input
  const { list, assets, redirects } = site
  const patterns = list.routes.filter(({ linked }) => linked).map(({ route }) => parsePattern(route))
  const found: PageList['pages'] = []
  if (patterns.length === 0) return found
  const known = new Set([...[...list.pages, ...assets, ...redirects].map(({ key }) => key), ...kept])
  const asked = new Set<string>()
  for (;;) {
    const urls = siteLinks
      .unanswered((key) => known.has(key), pathOf)
      .filter((url) => !asked.has(url) && patterns.some(({ matches }) => matches.test(url)))
    if (urls.length === 0) return found
    for (const url of urls) asked.add(url)
    const app = new AppThread(input)
    try {
      const pages = (await app.findPages(urls)).filter(({ key }) => !known.has(key) && known.add(key))
      if (pages.length === 0) return found
      found.push(...pages)
      refuseCollisions({ ...site, list: { ...list, pages: [...list.pages, ...found] } })
      await render(app, { ...list, pages })
    } finally {
      await app.close()
    }
  }
}
