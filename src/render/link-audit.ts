import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { htmlType } from '../content-type.ts'
import { createRouteFinder } from '../links/app-routes.ts'
import { LinksBrokenError, type LinkFacts, describeBroken, linkNotices } from '../links/describe.ts'
import type { SiteLinks } from '../links/site-links.ts'
import type { ManifestFile } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import { listSiteFiles } from '../public-files.ts'
import { fileOf } from '../routes/output-file.ts'
import type { PageList } from '../routes/types.ts'
import type { SiteSources } from './collisions.ts'
import { withPages } from './linked-pages.ts'
import type { Batch } from './messages.ts'
import type { BuiltApp } from './worker/app-thread.ts'
import type { ManifestLines } from './site/manifest-lines.ts'

/** Where a site's files are before they are moved into place. */
interface StagedSite {
  options: ResolvedOptions
  /** The folder of new and changed files. */
  staging: string
}

export interface LinkAuditInput extends StagedSite, Pick<BuiltApp, 'build'> {
  sources: SiteSources
  /** Pages that were found by links. */
  found: PageList['pages']
  /** The files of the last site that stay as they are, if not all pages are looked at. */
  kept: readonly ManifestFile[] | undefined
  lines: ManifestLines
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
  const { lines } = input
  addOtherPages(siteLinks, input)
  const elsewhere = filesElsewhere(input)
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

/** Adds what no route renders. */
function addOtherPages(siteLinks: SiteLinks, { options: { fallback }, sources, kept }: LinkAuditInput): void {
  if (kept) {
    for (const file of kept) if (!file.remote) siteLinks.addPage(file, undefined)
  } else {
    for (const { key, to } of sources.redirects) siteLinks.addRedirect(key, to)
    if (fallback !== undefined)
      siteLinks.addPage({ key: fallback, headers: { 'content-type': htmlType } }, undefined)
  }
}

/** Files that pages may name and that the option `assets` leaves out: something else serves them. */
const filesElsewhere = ({ options, build }: LinkAuditInput): ReadonlySet<string> =>
  new Set(options.assets.include ? [] : listSiteFiles(build.client, options).map(({ key }) => key))

/** Finds a file of a site that is not yet moved into place; undefined for a page that only a target has. */
export const siteFile =
  ({ options, staging }: StagedSite) =>
  (key: string): string | undefined =>
    [join(staging, key), join(options.outDir, key)].find((path) => existsSync(path))

/** Reads the links of the pages of a batch. */
export function readLinks({ pages, ends, bytes }: Batch, siteLinks: SiteLinks): void {
  for (const [i, page] of pages.entries())
    page.links = siteLinks.read(page, bytes.subarray(ends[i - 1] ?? 0, ends[i]))
}

/** What the app says of a path that leads to no file. */
function appAnswers({ options, sources, found }: LinkAuditInput) {
  const list = withPages(sources.list, found)
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
