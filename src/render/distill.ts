import { compareKeys, fileUrl } from '../keys.ts'
import { join } from 'node:path'
import { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { createProgress } from '../progress.ts'
import { AppThread, appConfig } from './worker/app-thread.ts'
import { listAssets } from './assets.ts'
import type { BuildRecord } from '../build-record.ts'
import { refuseCollisions } from './collisions.ts'
import { describeFailures } from './failures.ts'
import { foreignNotice } from './site/unmanaged.ts'
import { type Generated, assetFile, generatedFile, pageFile } from './manifest-entry.ts'
import { selectPages } from './select-pages.ts'
import { PageNotes, dropWarning } from './page-report.ts'
import { redirectPage } from './redirect-page.ts'
import { type PlannedRedirect, checkChains, planRedirects } from './redirects.ts'
import { renderPages } from './worker/pool.ts'
import { readPrevious, settle } from './site/commit.ts'
import { sitemapFiles } from './sitemap.ts'
import { discardStaging, openStaging } from './site/staging.ts'
import { pageTagging, tagFacts } from './page-tagger.ts'
import { SiteFiles } from './site/manifest-lines.ts'
import { WriterThread } from './site/writer-thread.ts'

export interface DistillInput {
  options: ResolvedOptions
  build: Required<BuildRecord>
  /** Environment variables of the app. */
  env: NodeJS.ProcessEnv
  /** Shows no progress. */
  quiet: boolean
  /** Renders only the pages whose URL matches one of these globs (`posts/*`) and keeps the rest of the site as it is. */
  only?: readonly string[]
}

/** What distilling has done, as plain data. */
export interface DistillResult {
  outDir: string
  pages: number
  redirects: number
  assets: number
  bytes: number
  new: number
  changed: number
  unchanged: number
  removed: number
  /** Left out by `transform`. */
  dropped: number
  /** Milliseconds: all of it, and the part in which pages were rendered. */
  ms: number
  renderMs: number
  /** How many pages that was. */
  rendered: number
  /** The slowest first. */
  slowest: { url: string; ms: number }[]
  notices: string[]
  warnings: string[]
}

/**
 * Renders the pages of the built app into the site's directory, with the client's assets and the manifest.
 * The site is replaced only when everything has succeeded.
 * @throws {DistillError} with the site and its manifest as they were before
 */
export async function distill(input: DistillInput): Promise<DistillResult> {
  const { options, build, env, quiet } = input
  const began = performance.now()
  const tagging = pageTagging(build, options)
  const staging = openStaging(options)
  const config = appConfig(options, build, env)
  const thread = new AppThread(config)
  const writer = new WriterThread({ outDir: options.outDir, staging })
  let lines: SiteFiles | undefined
  try {
    const previous = await readPrevious(options, input.only !== undefined)
    const assets = listAssets(build, options)
    const [whole, redirects, unowned] = await Promise.all([
      thread.plan(),
      planRedirects(options),
      // The writer has nothing else to do yet.
      writer.listSite(previous.keys),
    ])
    refuseCollisions({ plan: whole, assets, redirects, sitemap: options.sitemap })
    const selection = selectPages(whole, previous, input.only)
    const { plan } = selection

    const files = new SiteFiles(join(options.stagingDir, 'lines.jsonl'), previous.keys)
    lines = files
    const notes = new PageNotes(plan, options)
    const renderBegan = performance.now()
    const progress = createProgress({ label: 'Rendering', total: plan.pages.length, quiet })
    const { failures, dropped } = await renderPages({
      first: thread,
      spawn: () => new AppThread(config),
      workers: options.workers,
      concurrency: options.concurrency,
      plan,
      writer,
      transform: options.transform,
      tagging,
      onPage(page, written) {
        files.add(pageFile(page, written, plan, options), written.change)
        notes.add(page)
      },
      tick: (n) => progress.tick(n),
    }).finally(() => progress.done())
    if (failures.length > 0) throw describeFailures(failures, plan, options.root)
    const renderMs = performance.now() - renderBegan

    const named = redirects.map(({ key, from, to }) => [key, { to, name: from }] as const)
    const chains = checkChains(new Map([...named, ...notes.redirects]), options)
    if (selection.partial) {
      for (const file of selection.kept) files.add(file, 'unchanged')
    } else {
      await addGenerated(
        files,
        [...redirects.map(redirectFile), ...sitemap(notes, files, options)],
        options,
        writer,
      )
      const copied = await writer.copy(assets)
      for (const [i, written] of copied.entries())
        files.add(assetFile(assets[i]!, written, options), written.change)
    }
    const foreign = unowned.filter((key) => !files.has(key))
    const { removed } = settle({ files, foreign, previous, options, tags: tagFacts(build, tagging) })
    return {
      outDir: options.outDir,
      ...files.counts,
      ...files.changes,
      removed,
      dropped,
      ms: performance.now() - began,
      renderMs,
      rendered: notes.rendered,
      slowest: notes.slowest,
      notices: [...plan.notices, ...foreignNotice(foreign, options)],
      warnings: [
        ...notes.warnings(),
        ...chains,
        ...dropWarning(files.counts.pages, previous.header?.counts.pages),
      ],
    }
  } catch (error) {
    lines?.close()
    discardStaging(options)
    throw error
  } finally {
    await Promise.all([thread.close(), writer.end()])
  }
}

const redirectFile = ({ key, to, status }: PlannedRedirect): Generated => ({
  key,
  bytes: redirectPage(to),
  redirect: { to, status },
})

/** Writes the files that no route answers. */
async function addGenerated(
  site: SiteFiles,
  generated: readonly Generated[],
  options: ResolvedOptions,
  writer: WriterThread,
): Promise<void> {
  const written = await writer.writeGenerated(generated)
  for (const [i, file] of written.entries())
    site.add(generatedFile(generated[i]!, file, options), file.change)
}

function sitemap(
  { listed }: PageNotes,
  site: SiteFiles,
  { sitemap: wanted, origin, base }: ResolvedOptions,
): Generated[] {
  if (!wanted) return []
  const entries = listed.map(({ key, ...rest }) => ({ address: origin + fileUrl(key, base), ...rest }))
  // In the order of the manifest's keys, whichever page was rendered first.
  entries.sort((a, b) => compareKeys(a.address, b.address))
  return sitemapFiles(entries, origin + base).map(({ key, text }) => {
    // Only now is it known how many parts there are.
    if (site.has(key))
      throw new DistillError('COLLISION', `\`${key}\` would be written by a page and by \`sitemap\``)
    return { key, bytes: Buffer.from(text) }
  })
}
