import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DistillError } from '../errors.ts'
import { type ManifestFile, readManifest } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import { createRouteFinder } from './app-routes.ts'
import type { LinkFacts } from './describe.ts'
import { type ExternalFacts, checkExternal } from './external/check-external.ts'
import { urlMatcher } from './patterns.ts'
import { createResolver } from './resolve.ts'
import type { PageLinks } from './page-links.ts'
import { type LinkingPage, SiteLinks, auditsLinks } from './site-links.ts'

/** What a check has found. */
export interface CheckedLinks extends LinkFacts {
  /** How many pages the site has. */
  pages: number
  /** How many of them only a target has, and which. */
  remote?: { target: string; pages: number } | undefined
  /** Only if it was asked for. */
  external?: ExternalFacts
}

export interface CheckOptions {
  /** Asks the addresses of other sites too. Default: false. */
  external?: boolean
  /** Shows no progress. Default: false. */
  quiet?: boolean
  /**
   * Called with the `createdAt` of the build, for what that recorded of pages that only a target has. Default: nothing,
   * and their links are not looked at.
   */
  recorded?: (builtAt: string) => AsyncIterable<RecordedPage>
}

/** What a build recorded of a page. */
interface RecordedPage extends Pick<LinkingPage, 'noindex'> {
  file: ManifestFile
  links?: PageLinks | undefined
}

/**
 * Audits the links of the site that is there, without rendering. With `links: false`, as with `error`.
 * @throws {DistillError} `NOT_BUILT` if there is no site, or if a file of it is missing
 */
export async function checkLinks(
  given: ResolvedOptions,
  { external = false, quiet = false, recorded }: CheckOptions = {},
): Promise<CheckedLinks> {
  const manifest = await readManifest(given.manifestFile)
  const { base } = manifest.header
  const links = auditsLinks(given)
    ? given.links
    : ({ ...given.links, missing: 'error', fragments: 'error' } as const)
  const options = { ...given, base, links }
  const externalLinks = new Map<string, Set<string>>()
  const site = new SiteLinks(options, (address, path) => {
    const referrers = externalLinks.get(address)
    if (referrers) referrers.add(path)
    else externalLinks.set(address, new Set([path]))
  })
  const keys = new Set<string>()
  const routes = new Set<string>()
  const remote = new Set<string>()
  const pathOf = (key: string) => (remote.has(key) ? undefined : join(given.outDir, key))
  for await (const file of manifest.files()) {
    if (file.remote) remote.add(file.key)
    else if (!existsSync(join(given.outDir, file.key))) {
      throw new DistillError('NOT_BUILT', `the site has no file \`${file.key}\`, which its manifest lists`, {
        hint: 'Run `vite build` again.',
      })
    }
    keys.add(file.key)
    if (file.route !== undefined) routes.add(file.route)
    if (file.kind !== 'asset' && !file.remote) site.addPage(file, undefined)
  }
  if (remote.size > 0 && recorded) {
    for await (const { file, noindex, links } of recorded(manifest.builtAt))
      if (remote.has(file.key)) site.addPage({ ...file, noindex }, links)
  }
  const find = createRouteFinder({ distilled: [...routes], others: [] })
  const facts = site.audit({
    has: (key) => keys.has(key),
    keys: () => keys,
    pathOf,
    askApp: (path) =>
      path.startsWith(base) ? find(given.requestBase ? path : `/${path.slice(base.length)}`) : undefined,
  })
  const { counts, remote: from } = manifest.header
  const elsewhere = from && remote.size > 0 ? { target: from.target, pages: remote.size } : undefined
  const checked = { pages: counts.pages, remote: elsewhere, ...facts }
  if (!external) return checked
  const isNamed = urlMatcher(links.ignore, base)
  const resolve = createResolver(options)
  const isOwn = (address: string) => resolve(address, given.origin)?.startsWith('/') === true
  const isIgnored = (address: string) => isNamed(address) || isOwn(address)
  const { externalFile: cacheFile } = given
  return { ...checked, external: await checkExternal(externalLinks, { cacheFile, isIgnored, quiet }) }
}
