import type { PageList } from '../routes/types.ts'
import picomatch from 'picomatch'
import { DistillError } from '../errors.ts'
import type { ManifestFile } from '../manifest.ts'
import type { LastSite } from './site/commit.ts'

/** The pages that are rendered, and the files of the last site that stay as they are. */
export interface Selection {
  list: PageList
  /** Also assets, redirects and the sitemap. Undefined if all pages are rendered. */
  kept?: ManifestFile[]
}

/**
 * Selects the pages whose URL, without its first `/`, matches one of the globs; all pages without globs.
 * @throws {DistillError} `NOT_BUILT` if there is no site to keep the rest of, `USAGE` if nothing matches
 */
export function selectPages(list: PageList, last: LastSite, globs: readonly string[] | undefined): Selection {
  if (globs === undefined || globs.length === 0) return { list }
  if (!last.header) {
    throw new DistillError('NOT_BUILT', '`--only` keeps the rest of the site, and there is no site yet', {
      hint: 'Run `vite build`, or `vite-distill render` without `--only`, first.',
    })
  }
  const isMatch = picomatch(
    globs.map((glob) => glob.replace(/^\//, '')),
    { dot: true },
  )
  const matches = (url: string) => {
    const path = decodeURI(url).slice(1)
    return isMatch(path) || isMatch(path.replace(/\/$/, ''))
  }
  const pages = list.pages.filter(({ url }) => matches(url))
  const { base } = last.header
  const rendered = new Set(pages.map(({ key }) => key))
  const kept = last.files.filter(
    ({ key, url, route }) =>
      !rendered.has(key) && !(route !== undefined && matches(url.slice(base.length - 1))),
  )
  if (pages.length === 0 && kept.length === last.files.length) {
    throw new DistillError('USAGE', `no page matches \`--only ${globs.join(' ')}\``, {
      hint: '`vite-distill urls` lists them; a glob is matched against the path without its first `/`.',
    })
  }
  return { list: { ...list, pages }, kept }
}
