import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DistillError } from '../errors.ts'
import { readManifest } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import { createRouteFinder } from './app-routes.ts'
import type { LinkFacts } from './describe.ts'
import { SiteLinks, auditsLinks } from './site-links.ts'

/** What a check has found. */
export interface CheckedLinks extends LinkFacts {
  /** How many pages the site has. */
  pages: number
}

/**
 * Audits the links of the site that is there, without rendering. With `links: false`, as with `error`.
 * @throws {DistillError} `NOT_BUILT` if there is no site, or if a file of it is missing
 */
export async function checkLinks(given: ResolvedOptions): Promise<CheckedLinks> {
  const manifest = await readManifest(given.manifestFile)
  const { base } = manifest.header
  const links = auditsLinks(given)
    ? given.links
    : ({ ...given.links, missing: 'error', fragments: 'error' } as const)
  const site = new SiteLinks({ ...given, base, links })
  const keys = new Set<string>()
  const routes = new Set<string>()
  const pathOf = (key: string) => join(given.outDir, key)
  for await (const file of manifest.files()) {
    if (!existsSync(pathOf(file.key))) {
      throw new DistillError('NOT_BUILT', `the site has no file \`${file.key}\`, which its manifest lists`, {
        hint: 'Run `vite build` again.',
      })
    }
    keys.add(file.key)
    if (file.route !== undefined) routes.add(file.route)
    if (file.kind !== 'asset') site.addPage(file, undefined)
  }
  const find = createRouteFinder({ distilled: [...routes], others: [] })
  const facts = site.audit({
    has: (key) => keys.has(key),
    keys: () => keys,
    pathOf,
    askApp: (path) =>
      path.startsWith(base) ? find(given.requestBase ? path : `/${path.slice(base.length)}`) : undefined,
  })
  return { pages: manifest.header.counts.pages, ...facts }
}
