import type { PageList } from '../routes/types.ts'
import picomatch from 'picomatch'
import { DistillError } from '../errors.ts'
import type { ManifestFile } from '../manifest.ts'
import type { Previous } from './site/commit.ts'

/** The pages of a plan that are rendered, and what stays of the last site. */
export interface Selection {
  plan: PageList
  kept: ManifestFile[]
  /** Only some pages are rendered; assets, redirects and the sitemap stay as they are. */
  partial: boolean
}

/**
 * Chooses the pages whose URL, without its first `/`, matches one of the globs; all of them without globs.
 * @throws {DistillError} `NOT_BUILT` where there is no site to keep the rest of, `USAGE` where nothing matches
 */
export function selectPages(
  plan: PageList,
  previous: Previous,
  only: readonly string[] | undefined,
): Selection {
  if (only === undefined || only.length === 0) return { plan, kept: [], partial: false }
  if (!previous.header) {
    throw new DistillError('NOT_BUILT', '`--only` keeps the rest of the site, and there is no site yet', {
      hint: 'Run `vite build`, or `vite-distill render` without `--only`, first.',
    })
  }
  const globs = only.map((glob) => glob.replace(/^\//, ''))
  const isMatch = picomatch(globs, { dot: true })
  const matches = (url: string) =>
    isMatch(decodeURI(url).slice(1)) || isMatch(decodeURI(url).slice(1).replace(/\/$/, ''))
  const pages = plan.pages.filter(({ url }) => matches(url))
  const { base } = previous.header
  const rendered = new Set(pages.map(({ key }) => key))
  const kept = previous.files.filter(
    ({ key, url, route }) =>
      !rendered.has(key) && !(route !== undefined && matches(url.slice(base.length - 1))),
  )
  if (pages.length === 0 && kept.length === previous.files.length) {
    throw new DistillError('USAGE', `no page matches \`--only ${only.join(' ')}\``, {
      hint: '`vite-distill urls` lists them; a glob is matched against the path without its first `/`.',
    })
  }
  return {
    plan: { ...plan, pages },
    kept,
    partial: true,
  }
}
