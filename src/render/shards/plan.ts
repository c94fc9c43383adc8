import { rmSync } from 'node:fs'
import { finishInterruptedCommit } from '../../staging/staging.ts'
import type { PageList } from '../../routes/types.ts'
import { fingerprintOf } from '../cache/fingerprint.ts'
import { keepPages } from '../cache/keep-pages.ts'
import { readLastBuild } from '../cache/last-build.ts'
import { readRecord } from '../cache/record.ts'
import { needsLinks } from '../linked-pages.ts'
import { pageTagging } from '../page-tagger.ts'
import { writePlan } from '../plan-file.ts'
import type { PlannedPage } from '../planned-pages.ts'
import { type LastSite, readLastSite } from '../site/commit.ts'
import { removeShards } from './shard.ts'
import { LineFile } from '../site/line-file.ts'
import { WriterThread } from '../site/writer-thread.ts'
import { listSources } from '../sources.ts'
import { AppThread, type BuiltApp } from '../worker/app-thread.ts'

export interface PlanInput extends BuiltApp {
  /** Keeps no page of the last build. */
  force?: boolean | undefined
}

/** What a plan says, as plain data. */
export interface PlanResult {
  planFile: string
  pages: number
  /** How many of them are those of the last build. */
  kept: number
  /** How many of these are rendered all the same, to see whether they still are. */
  audited: number
  /** Why no page is kept, if some could be: `the server bundle changed`. */
  renderedAll: string | undefined
  notices: string[]
  warnings: string[]
}

/**
 * Lists the pages of a built app, and which of them have to be rendered, for the shards that do so.
 * @throws {DistillError} Why the pages cannot be listed, `COLLISION`, `WRITE_FAILED`
 */
export async function planPages(input: PlanInput): Promise<PlanResult> {
  const { options, build, force = false } = input
  const { planFile, cache } = options
  finishInterruptedCommit(options)
  // Before the app is loaded: what changes from here on may be in its pages or not.
  const fingerprint = fingerprintOf({ ...input, tagging: pageTagging(build, options) })
  const app = new AppThread(input)
  const writer = new WriterThread({ outDir: options.outDir, staging: options.stagingDir })
  const knownFile = `${planFile}.known`
  const known = new LineFile(knownFile)
  try {
    const last = await readLastSite(options, false)
    let listed: Promise<PageList>
    const [{ list }, lastBuild] = await Promise.all([
      listSources(() => (listed = app.listPages()), input),
      readLastBuild({ options, last, fingerprint: cache ? fingerprint : undefined, writer, only: undefined }),
    ])
    // A million pages are there twice until its thread ends.
    await app.close()
    // `merge` looks at the client's files itself, and tells what is to be said of them.
    const { pages, ...facts } = await listed!
    const { written } = last
    const keeping = await keepPages({
      ...lastBuild,
      list,
      written,
      known,
      force,
      needsLinks: needsLinks(list, options),
      onKept() {},
      onOther() {},
    })
    const { pages: rendered } = keeping.list
    const audited = new Set(keeping.sample(cache ? cache.audit : 0).list.pages)
    const times = await lastTimes(input, last)

    function* planned(): Generator<PlannedPage, void, undefined> {
      let next = 0
      for (const page of pages) {
        const isRendered = page === rendered[next]
        if (isRendered) next++
        // Not `...page`: the copies of a million pages take 400 MB until they are collected.
        const { url, key, route, params, cacheKey, lastmod, priority } = page
        const kept = isRendered ? undefined : audited.has(page) ? 'audited' : 'kept'
        const last = isRendered ? keeping.lastResponse(page) : undefined
        const ms = isRendered ? times.get(key) : undefined
        yield { url, key, route, params, cacheKey, lastmod, priority, kept, last, ms }
      }
    }
    // Some are kept, or the app may say that they are unmodified.
    const needsLast = !force && (rendered.length < pages.length || known.size > 0)
    // Those of an older plan are of no use, and would be found by `merge`.
    removeShards(options)
    writePlan(
      planFile,
      {
        version: 1,
        fingerprint,
        last: needsLast ? last.builtAt : undefined,
        force: force || undefined,
        ...facts,
        pages: pages.length,
      },
      planned(),
    )
    return {
      planFile,
      pages: pages.length,
      kept: pages.length - rendered.length,
      audited: audited.size,
      renderedAll: pages.some(({ cacheKey }) => cacheKey !== undefined) ? lastBuild.why : undefined,
      notices: list.notices,
      warnings: list.warnings,
    }
  } finally {
    known.close()
    rmSync(knownFile, { force: true })
    await Promise.all([app.close(), writer.end()])
  }
}

/** By key, the milliseconds that pages took when they were rendered last, whatever has changed since. */
async function lastTimes(
  { options: { cacheFile, addresses } }: BuiltApp,
  { builtAt }: LastSite,
): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>()
  const record = builtAt === undefined ? undefined : await readRecord(cacheFile, builtAt, addresses)
  if (record) for await (const { file, ms } of record.pages()) if (ms !== undefined) times.set(file.key, ms)
  return times
}
