import type { PageList } from '../routes/types.ts'
import { auditPages } from './cache/audit.ts'
import type { Keeping } from './cache/keep-pages.ts'
import type { PageRecord } from './cache/record.ts'
import { type Renderer, renderSelection } from './render-selection.ts'
import type { SitePages } from './site-pages.ts'
import type { LastSite } from './site/commit.ts'
import { AppThread, type BuiltApp } from './worker/app-thread.ts'

/** Where the pages of a site come from: the app, or shards that other machines rendered. */
export interface PageSource {
  /** The app's thread; undefined if none is started. */
  app: AppThread | undefined
  /** Keeps no page of the last build. */
  force: boolean
  /** How many shards there are; undefined where the app renders. */
  shards?: number
  listPages(): Promise<PageList>
  /**
   * Checks that the last site is the one that the pages belong to.
   * @throws {DistillError} `PLAN_MISMATCH`
   */
  checkLast?(last: LastSite): void
  /** Whether a page that could be kept is. Default: all are. */
  isKept?(index: number, record: PageRecord): boolean
  /**
   * Writes the pages that are not kept.
   * @returns How many `transform` left out
   * @throws {DistillError} `PAGES_FAILED`, with every page that failed
   */
  render(renderer: Renderer, keeping: Keeping, pages: SitePages): Promise<number>
  /**
   * Compares some of the kept pages with what the app makes of them now.
   * @returns How many
   * @throws {DistillError} `CACHE_STALE` or `PAGES_FAILED`
   */
  audit(renderer: Renderer, keeping: Keeping): Promise<number>
}

/** The pages that the app renders on this machine. */
export function appPages(built: BuiltApp, { force }: Pick<PageSource, 'force'>): PageSource {
  const app = new AppThread(built)
  const { cache } = built.options
  return {
    app,
    force,
    listPages: () => app.listPages(),
    render: renderSelection,
    async audit(renderer, keeping) {
      const sample = keeping.sample(cache ? cache.audit : 0)
      await auditPages({ ...renderer, ...sample })
      return sample.records.length
    },
  }
}
