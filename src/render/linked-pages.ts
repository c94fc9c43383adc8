import { type FilesOfSite, type SiteLinks, auditsLinks } from '../links/site-links.ts'
import type { ResolvedOptions } from '../options.ts'
import { parsePattern } from '../routes/pattern.ts'
import type { PageList } from '../routes/types.ts'
import { type SiteSources, refuseCollisions } from './collisions.ts'

type Pages = PageList['pages']

export interface LinkedPagesInput {
  site: SiteSources
  links: SiteLinks | undefined
  /** Keys of files of the last site that stay as they are. */
  kept: ReadonlySet<string>
  pathOf: FilesOfSite['pathOf']
  /** The pages that URLs lead to. */
  findPages: (urls: readonly string[]) => Promise<Pages>
  render: (list: PageList) => Promise<void>
}

/** Whether the site has pages that are found by links. */
const findsPages = ({ routes }: Pick<PageList, 'routes'>): boolean => routes.some(({ linked }) => linked)

/** Whether somebody asks for the links of pages. */
export const needsLinks = (
  list: Pick<PageList, 'routes'>,
  options: Pick<ResolvedOptions, 'links'>,
): boolean => auditsLinks(options) || findsPages(list)

/** A list with the pages that were found. */
export const withPages = (list: PageList, found: Pages): PageList =>
  found.length === 0 ? list : { ...list, pages: [...list.pages, ...found] }

/**
 * Renders the pages of routes that export `distill = 'linked'`: those that other pages link to, in rounds, until the
 * pages of a round link to no new one.
 * @returns The pages that were found
 * @throws {DistillError} `COLLISION`, or why they cannot be rendered
 */
export async function renderLinkedPages(input: LinkedPagesInput): Promise<Pages> {
  const { site, links, pathOf, findPages, render, kept } = input
  const { list, assets, redirects } = site
  const found: Pages = []
  if (!links || !findsPages(list)) return found
  const patterns = list.routes.filter(({ linked }) => linked).map(({ route }) => parsePattern(route))
  const known = new Set([...[...list.pages, ...assets, ...redirects].map(({ key }) => key), ...kept])
  const asked = new Set<string>()
  for (;;) {
    const urls = links
      .unanswered((key) => known.has(key), pathOf)
      .filter((url) => !asked.has(url) && patterns.some(({ matches }) => matches.test(url)))
    for (const url of urls) asked.add(url)
    const pages = urls.length === 0 ? [] : await findPages(urls)
    const fresh = pages.filter(({ key }) => !known.has(key) && known.add(key))
    if (fresh.length === 0) return found
    found.push(...fresh)
    refuseCollisions({ ...site, list: withPages(list, found) })
    await render({ ...list, pages: fresh })
  }
}
