import { SiteLinks } from '../../links/site-links.ts'
import { createProgress } from '../../progress.ts'
import { describeFailures, withoutRoot } from '../failures.ts'
import { lazyStyles } from '../lazy-styles.ts'
import { readLinks } from '../link-audit.ts'
import { needsLinks } from '../linked-pages.ts'
import { pageTagging } from '../page-tagger.ts'
import { readPlan } from '../plan-file.ts'
import { AppThread, type BuiltApp } from '../worker/app-thread.ts'
import { type PoolResult, renderPages } from '../worker/pool.ts'
import { pagesOfShard } from './assign.ts'
import { refuseOtherBuild } from './mismatch.ts'
import { Pack } from './pack.ts'
import { type Shard, shardFile } from './shard.ts'

export interface ShardInput extends BuiltApp {
  shard: Shard
}

/** What rendering a shard has done, as plain data. */
export interface ShardResult {
  shard: Shard
  file: string
  /** How many pages it rendered. */
  pages: number
  /** How many the app says are those of the last build. */
  unmodified: number
  /** How many `transform` left out. */
  dropped: number
  /** Of all pages. */
  bytes: number
  /** Milliseconds of rendering. */
  ms: number
}

/**
 * Renders a part of the plan's pages into one file: `<outDir>.shard-1-of-4`.
 * @throws {DistillError} `NOT_BUILT` or `PLAN_INVALID` without a plan, `PLAN_MISMATCH` where something else than the
 *   planned build is here, `PAGES_FAILED` once the file is complete, or why nothing can be rendered
 */
export async function renderShard({ shard, ...app }: ShardInput): Promise<ShardResult> {
  const { options, build, quiet } = app
  const plan = await readPlan(options)
  const built: BuiltApp = { ...app, planFile: options.planFile }
  const tagging = pageTagging(build, options)
  refuseOtherBuild(plan, { ...built, tagging })
  const { pages, places } = await pagesOfShard(plan, shard)
  const list = { ...plan.header, pages }
  const links = needsLinks(list, options) ? new SiteLinks(options) : undefined
  const file = shardFile(options, shard)
  const first = new AppThread(built)
  const pack = new Pack(file, { version: 1, plan: plan.id, ...shard }, places)
  const progress = createProgress({ label: 'Rendering', total: pages.length, quiet })
  const unmodified: number[] = []
  const began = performance.now()
  const render = () =>
    renderPages({
      first,
      spawn: () => new AppThread({ ...built, quiet: true }),
      options,
      list,
      writer: pack,
      tagging,
      quiet,
      lazyStyles: lazyStyles(build.client, options.base),
      onUnmodified: (index) => unmodified.push(index),
      readLinks: links && ((batch) => readLinks(batch, links)),
      onPage() {},
      tick: (n) => progress.tick(n),
    })
  try {
    const { failures, dropped } = withoutPaths(await render(), options.root)
    const ms = performance.now() - began
    await pack.end({ unmodified, dropped, failures, ms })
    if (failures.length > 0)
      throw describeFailures(failures, list, options.root, {
        command: 'merge',
        outcome: '`vite-distill merge` tells those of all shards.',
      })
    const done = pages.length - unmodified.length - dropped.length
    return {
      shard,
      file,
      pages: done,
      unmodified: unmodified.length,
      dropped: dropped.length,
      bytes: pack.bytes,
      ms,
    }
  } finally {
    progress.done()
    await Promise.all([first.close(), pack.close()])
  }
}

/** A stack that was thrown here is shown by another machine. */
const withoutPaths = ({ failures, dropped }: PoolResult, root: string): PoolResult => ({
  dropped,
  failures: failures.map(({ error, ...failure }) =>
    error ? { ...failure, error: { ...error, stack: withoutRoot(error.stack, root) } } : failure,
  ),
})
