import { createProgress } from '../progress.ts'
import type { Keeping } from './cache/keep-pages.ts'
import { describeFailures } from './failures.ts'
import { lazyStyles } from './lazy-styles.ts'
import { readLinks, siteFile } from './link-audit.ts'
import { pageFile } from './manifest-entry.ts'
import type { Rendered, WrittenFile } from './messages.ts'
import type { PageTagging } from './page-tagger.ts'
import type { SitePages } from './site-pages.ts'
import type { WriterThread } from './site/writer-thread.ts'
import { AppThread, type BuiltApp, withThread } from './worker/app-thread.ts'
import { renderPages } from './worker/pool.ts'

/** What renders the pages of one run. */
export interface Renderer extends BuiltApp {
  /** The thread that lists the pages and renders first; undefined where another machine did. */
  app: AppThread | undefined
  writer: WriterThread
  tagging: PageTagging | undefined
  /** The folder of new and changed files. */
  staging: string
}

/**
 * Renders pages to the staging directory, or asks the app whether they changed.
 * @returns How many `transform` left out
 * @throws {DistillError} `PAGES_FAILED`, with every page that failed
 */
export async function renderSelection(
  renderer: Renderer,
  { list, ...keeping }: Pick<Keeping, 'list'> & Partial<Keeping>,
  pages: SitePages,
): Promise<number> {
  const { options, build, app, quiet } = renderer
  const { links } = pages
  const progress = createProgress({ label: 'Rendering', total: list.pages.length, quiet })
  const render = (first: AppThread) =>
    renderPages({
      ...renderer,
      first,
      spawn: () => new AppThread({ ...renderer, quiet: true }),
      list,
      lazyStyles: lazyStyles(build.client, options.base),
      lastResponse: keeping.lastResponse,
      onUnmodified: keeping.onUnmodified,
      readLinks: links && ((batch) => readLinks(batch, links)),
      onPage: (rendered, written) => addPage(rendered, written, { list, ...keeping }, pages),
      tick: (n) => progress.tick(n),
    })
  const { failures, dropped } = await withThread(app, renderer, render).finally(() => progress.done())
  if (failures.length === 0) return dropped.length
  const failed = new Set(failures.map(({ index }) => list.pages[index]!.key))
  throw describeFailures(failures, list, options.root, {
    referrers: links?.referrersOf(failed, siteFile(renderer)),
    // Only `merge` has a plan here, and renders pages that are found by links.
    command: renderer.planFile === undefined ? 'render' : 'merge',
  })
}

/** Adds a page that is rendered and written; its index is that in the list. */
export function addPage(
  rendered: Rendered,
  written: WrittenFile,
  { list, forced }: Pick<Keeping, 'list'> & Partial<Pick<Keeping, 'forced'>>,
  pages: SitePages,
): void {
  const page = list.pages[rendered.index]!
  const line = pages.addRendered(page, rendered, pageFile(rendered, list), written)
  const before = forced?.(rendered.index)
  if (before !== undefined && before !== line)
    pages.report.warn('it changed, and its cache key did not: it would have been kept as it was', page)
}
