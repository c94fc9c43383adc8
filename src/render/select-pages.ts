import type { PageList } from '../routes/types.ts'
import { DistillError } from '../errors.ts'
import type { ManifestFile } from '../manifest.ts'
import { matcherOf } from '../page-globs.ts'
import type { LastSite } from './site/commit.ts'

/** The pages that are rendered, and the files of the last site that stay as they are. */
export interface Selection {
  list: PageList
  /**
   * Also assets, redirects and the sitemap, but not what `rendered` emitted: that is made anew from the whole site.
   * Undefined if all pages are rendered.
   */
  kept?: ManifestFile[]
}

/**
 * Selects the pages whose URL matches one of the globs; all pages without globs.
 * @throws {DistillError} `NOT_BUILT` if there is no site to keep the rest of, `USAGE` if nothing matches
 */
export function selectPages(list: PageList, last: LastSite, globs: readonly string[] | undefined): Selection {
  if (globs === undefined || globs.length === 0) return { list }
  if (!last.header) {
    throw new DistillError('NOT_BUILT', '`--only` keeps the rest of the site, and there is no site yet', {
      hint: 'Run `vite build`, or `vite-distill render` without `--only`, first.',
    })
  }
  const matches = matcherOf(globs)
  const pages = list.pages.filter(({ url }) => matches(url))
  const { base } = last.header
  const listed = new Set(list.pages.map(({ key }) => key))
  const rendered = new Set(pages.map(({ key }) => key))
  /** Pages of the last site that the app no longer has are removed, if they match. Those found by links are not listed. */
  const linked = new Set(list.routes.filter((route) => route.linked).map(({ route }) => route))
  const isGone = ({ key, url, route }: ManifestFile) =>
    route !== undefined &&
    !linked.has(route) &&
    !listed.has(key) &&
    matches(url.slice(base.length - 1).replace(/\.html$/, ''))
  const kept = last.files.filter((file) => !rendered.has(file.key) && !isGone(file))
  if (pages.length === 0 && kept.length === last.files.length) {
    throw new DistillError('USAGE', `no page matches \`--only ${globs.join(' ')}\``, {
      hint: '`vite-distill urls` lists them; a glob is matched against the path: `about`, `posts/*`, `/` or `index` for the home page.',
    })
  }
  return { list: { ...list, pages }, kept: kept.filter(({ emitted }) => !emitted) }
}
