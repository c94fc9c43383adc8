import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createRouteFinder } from '../links/app-routes.ts'
import { LinksBrokenError, type LinkFacts, describeBroken, linkNotices } from '../links/describe.ts'
import type { SiteLinks } from '../links/site-links.ts'
import type { ResolvedOptions } from '../options.ts'
import { fileOf } from '../routes/output-file.ts'
import type { SiteSources } from './collisions.ts'
import type { Batch } from './messages.ts'
import type { ManifestLines } from './site/manifest-lines.ts'

export interface LinkAuditInput {
  options: ResolvedOptions
  sources: SiteSources
  lines: ManifestLines
  /** The folder of new and changed files. */
  staging: string
  /** Files that pages may name and that the option `assets` leaves out. */
  elsewhere: ReadonlySet<string>
}

/** What an audit has found, as a build tells it. */
export interface LinkAudit {
  links: LinkFacts
  notices: string[]
  warnings: string[]
}

/**
 * Audits the links of a site that is complete and not yet moved into place.
 * @throws {DistillError} `LINKS_BROKEN`, with every broken link
 */
export function auditSiteLinks(siteLinks: SiteLinks, input: LinkAuditInput): LinkAudit {
  const { lines, elsewhere } = input
  const links = siteLinks.audit({
    has: (key) => lines.has(key) || elsewhere.has(key),
    keys: () => lines.keys(),
    pathOf: siteFile(input),
    askApp: appAnswers(input),
  })
  const errors = links.broken.filter(({ level }) => level === 'error')
  if (errors.length > 0) throw new LinksBrokenError(links.broken)
  const warnings = links.broken.length > 0 ? [describeBroken(links.broken)] : []
  return { links, notices: linkNotices(links), warnings }
}

/** Finds a file of a site that is not yet moved into place. */
export const siteFile =
  ({ options, staging }: Pick<LinkAuditInput, 'options' | 'staging'>) =>
  (key: string): string =>
    existsSync(join(staging, key)) ? join(staging, key) : join(options.outDir, key)

/** Reads the links of the pages of a batch. */
export function readLinks({ pages, ends, bytes }: Batch, siteLinks: SiteLinks): void {
  for (const [i, page] of pages.entries())
    page.links = siteLinks.read(page, bytes.subarray(ends[i - 1] ?? 0, ends[i]))
}

/** What the app says of a path that leads to no file. */
function appAnswers({ options, sources: { list } }: LinkAuditInput) {
  const { base, layout, requestBase } = options
  const find = createRouteFinder({
    distilled: list.routes.map(({ route }) => route),
    others: list.otherRoutes ?? [],
  })
  let planned: Map<string, string> | undefined
  return (path: string) => {
    if (!path.startsWith(base)) return undefined
    const own = `/${path.slice(base.length)}`
    planned ??= new Map(list.pages.map(({ key, route }) => [key, list.routes[route]!.route]))
    const route = planned.get(keyOf(own, layout) ?? '')
    return route === undefined ? find(requestBase ? path : own) : { route, why: 'dropped' as const }
  }
}

function keyOf(path: string, layout: ResolvedOptions['layout']): string | undefined {
  try {
    return fileOf(path, layout)
  } catch {
    return undefined
  }
}
