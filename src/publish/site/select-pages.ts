import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isHtmlType } from '../../content-type.ts'
import { DistillError } from '../../errors.ts'
import { readPageLinks } from '../../links/page-links.ts'
import { createResolver } from '../../links/resolve.ts'
import type { ResolvedOptions, Target } from '../../options.ts'
import { matcherOf } from '../../page-globs.ts'
import { siteChanged } from './check.ts'
import { desiredObjects, type DesiredObject } from './objects.ts'
import type { BuiltFile, Site } from './site.ts'

/** Which pages of the site to publish, by globs of their paths or by keys. */
export type Only = { globs: readonly string[] } | { keys: readonly string[] }

/** Some pages of a site, and what has to be in the target so that they work there. */
export interface SelectedPages {
  /** What the target should hold of these pages. */
  objects: readonly DesiredObject[]
  /** The assets of the site that the pages name, each with the key of such a page. */
  assets: readonly { asset: BuiltFile; page: string }[]
}

/**
 * Selects pages and redirects of the site.
 * @throws {DistillError} `USAGE` for a glob that matches none, `PAGES_REFUSED` for a key that is none of the site's
 */
export async function selectPages(
  site: Site,
  target: Target,
  only: Only,
  { origin, addresses }: Pick<ResolvedOptions, 'origin' | 'addresses'>,
): Promise<SelectedPages> {
  const { header } = site
  const pages = 'globs' in only ? await matchingPages(site, only.globs) : await pagesOf(site, only.keys)
  async function* files() {
    yield pages
  }
  const objects: DesiredObject[] = []
  for await (const batch of desiredObjects({ files, header }, target)()) objects.push(...batch)
  // The site may have a file of its own under the clean URL of a page.
  const taken = await site.find(objects.flatMap(({ key, from }) => (from === undefined ? [] : [key])))
  const resolve = createResolver({ base: header.base, origin, addresses })
  const named = new Map<string, string>()
  for (const { key, url, headers, remote } of pages) {
    if (remote || !isHtmlType(headers['content-type'])) continue
    const body = await readFile(join(site.directory, key)).catch(() => {
      throw siteChanged(site.directory, [`\`${key}\` is missing`])
    })
    for (const path of readPageLinks(body, origin + url, resolve).resources)
      if (path.startsWith(header.base)) named.set(keyOf(path, header.base), key)
  }
  const found = await site.find([...named.keys()])
  return {
    objects: objects.filter(({ key, from }) => from === undefined || !taken.has(key)),
    assets: [...found.values()]
      .filter(({ kind }) => kind === 'asset' || kind === 'hashed')
      .map((asset) => ({ asset, page: named.get(asset.key)! })),
  }
}

async function matchingPages(site: Site, globs: readonly string[]): Promise<BuiltFile[]> {
  const matches = matcherOf(globs)
  const { base } = site.header
  const pages: BuiltFile[] = []
  for await (const batch of site.files())
    for (const file of batch)
      if (isPage(file) && matches(file.url.slice(base.length - 1).replace(/\.html$/, ''))) pages.push(file)
  if (pages.length > 0) return pages
  throw new DistillError('USAGE', `no page of the site matches \`--only ${globs.join(' ')}\``, {
    hint: '`vite-distill urls` lists them; a glob is matched against the path: `about`, `posts/*`, `/` or `index` for the home page.',
  })
}

async function pagesOf(site: Site, keys: readonly string[]): Promise<BuiltFile[]> {
  const found = await site.find(keys)
  return keys.map((key) => {
    const file = found.get(key)
    if (file && isPage(file)) return file
    throw new DistillError('PAGES_REFUSED', `\`${key}\` is not a page of the site in \`${site.directory}\``, {
      hint: 'Does `transform` leave it out? A page that the site no longer has is deleted by a publish of the whole site.',
    })
  })
}

const isPage = ({ kind }: BuiltFile) => kind === 'page' || kind === 'redirect'

/** The key of the file that a path of the site leads to. */
function keyOf(path: string, base: string): string {
  const name = path.slice(base.length).replace(/[?#].*$/s, '')
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
