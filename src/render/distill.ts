import { join } from 'node:path'
import { createProgress } from '../progress.ts'
import { AppThread, type BuiltApp } from './worker/app-thread.ts'
import { assetFile } from './assets.ts'
import type { SiteSources } from './collisions.ts'
import { fallbackFile } from './fallback.ts'
import { describeFailures } from './failures.ts'
import { unmanagedNotice } from './site/unmanaged.ts'
import { type FileEntry, manifestEntry, pageFile } from './manifest-entry.ts'
import type { WrittenFile } from './messages.ts'
import { type Selection, selectPages } from './select-pages.ts'
import { lazyStyles } from './lazy-styles.ts'
import { PageReport, dropWarning } from './page-report.ts'
import { redirectFile, checkChains } from './redirects.ts'
import { renderPages } from './worker/pool.ts'
import { commitSite, readLastSite } from './site/commit.ts'
import { sitemapOf } from './sitemap.ts'
import { listSources } from './sources.ts'
import { pagesWritten } from './site/page-write.ts'
import { Staging } from '../staging/staging.ts'
import { type PageTagging, pageTagging, tagFacts } from './page-tagger.ts'
import { verifyPages } from './verify.ts'
import { ManifestLines } from './site/manifest-lines.ts'
import { WriterThread } from './site/writer-thread.ts'

export interface DistillInput extends BuiltApp {
  /** Renders only the pages whose URL matches one of these globs (`posts/*`) and keeps the rest of the site as it is. */
  only?: readonly string[] | undefined
  /** Renders the pages a second time, one by one, and fails if one differs. */
  verify?: boolean | undefined
}

/** What distilling has done, as plain data. */
export interface DistillResult {
  outDir: string
  pages: number
  redirects: number
  assets: number
  /** Size of the site. */
  bytes: number
  new: number
  changed: number
  unchanged: number
  removed: number
  /** Left out by `transform`. */
  dropped: number
  /** Milliseconds of the whole, and of rendering. */
  ms: number
  renderMs: number
  /** How many pages were rendered. */
  rendered: number
  /** The first page, if it waited for what the app starts: a database, a cache. Its time is not in `slowest`. */
  start: { url: string; ms: number } | undefined
  /** The slowest first. */
  slowest: { url: string; ms: number }[]
  notices: string[]
  warnings: string[]
}

/** What the steps of one run share. */
interface Run extends DistillInput {
  tagging: PageTagging | undefined
  /** The thread that lists the pages and renders first. */
  app: AppThread
  writer: WriterThread
}

/**
 * Renders the pages of the built app into the site's directory, with the client's assets and the manifest.
 * The new site replaces the last one only after every step has succeeded.
 * @throws {DistillError} with the site and its manifest as they were before
 */
export function distill(input: DistillInput): Promise<DistillResult> {
  const { outDir } = input.options
  const run = (lastRun.get(outDir) ?? Promise.resolve()).then(() => distillSite(input))
  lastRun.set(
    outDir,
    run.catch(() => {}),
  )
  return run
}

/** By site, its last run: two runs of one process, such as two `vite.build()` at once, go one after the other. */
const lastRun = new Map<string, Promise<unknown>>()

async function distillSite(input: DistillInput): Promise<DistillResult> {
  const { options, build } = input
  const began = performance.now()
  const tagging = pageTagging(build, options)
  const staging = Staging.open(options)
  const app = new AppThread(input)
  const writer = new WriterThread({ outDir: options.outDir, staging: staging.site })
  const run: Run = { ...input, tagging, app, writer }
  let lines: ManifestLines | undefined
  try {
    await pagesWritten(options.outDir)
    const last = await readLastSite(options, input.only !== undefined)
    const [sources, otherFiles] = await Promise.all([listSources(app, input), writer.listSite(last.keys)])
    const selection = selectPages(sources.list, last, input.only)
    lines = new ManifestLines(join(options.stagingDir, 'lines.jsonl'), last.keys)
    const { report, ...rendering } = await renderSelection(run, selection, lines)
    const isWritten = (key: string) => lines!.has(key)
    if (input.verify) await verifyPages({ ...run, list: selection.list, staging: staging.site, isWritten })
    const chains = checkChains(sources.redirects, report.redirects, options)
    if (selection.kept) for (const file of selection.kept) lines.add(file, 'unchanged')
    else await writeOtherFiles(run, sources, report, lines)
    const unmanaged = otherFiles.filter((key) => !lines!.has(key))
    const tags = tagFacts(build, tagging)
    const removed = await commitSite({ staging, lines, unmanaged, last, options, tags })
    return {
      outDir: options.outDir,
      ...lines.counts,
      ...lines.changes,
      ...rendering,
      removed,
      ms: performance.now() - began,
      rendered: report.rendered,
      start: report.start,
      slowest: report.slowest,
      notices: [...sources.list.notices, ...last.notices, ...unmanagedNotice(unmanaged, options)],
      warnings: [
        ...sources.list.warnings,
        ...report.warnings(),
        ...chains,
        ...dropWarning(lines.counts.pages, last.header?.counts.pages),
      ],
    }
  } finally {
    lines?.close()
    await Promise.all([app.close(), writer.end()])
    staging.close()
  }
}

interface Rendering extends Pick<DistillResult, 'dropped' | 'renderMs'> {
  report: PageReport
}

/**
 * Renders the selected pages to the staging directory.
 * @throws {DistillError} `PAGES_FAILED`, with every page that failed
 */
async function renderSelection(run: Run, { list }: Selection, lines: ManifestLines): Promise<Rendering> {
  const { options, build, app, writer, tagging, quiet } = run
  const began = performance.now()
  const report = new PageReport(list, options)
  const progress = createProgress({ label: 'Rendering', total: list.pages.length, quiet })
  const { failures, dropped } = await renderPages({
    first: app,
    spawn: () => new AppThread({ ...run, quiet: true }),
    options,
    list,
    writer,
    tagging,
    quiet,
    lazyStyles: lazyStyles(build.client, options.base),
    onPage(page, written) {
      lines.add(manifestEntry(pageFile(page, list), written, options.base), written.change)
      report.add(page)
    },
    tick: (n) => progress.tick(n),
  }).finally(() => progress.done())
  if (failures.length > 0) throw describeFailures(failures, list, options.root)
  return { report, dropped, renderMs: performance.now() - began }
}

/** Writes the files that no page responds with: redirects of the options, the sitemap, the fallback and the client's assets. */
async function writeOtherFiles(
  { options, writer, build, tagging }: Run,
  { redirects, assets }: SiteSources,
  { sitemapPages }: PageReport,
  lines: ManifestLines,
): Promise<void> {
  const sitemap = sitemapOf(sitemapPages, options, (key) => lines.has(key))
  const generated = [...redirects.map(redirectFile), ...sitemap, ...fallbackFile(build, options, tagging)]
  const add = (files: readonly FileEntry[], written: readonly WrittenFile[]) => {
    for (const [i, file] of files.entries())
      lines.add(manifestEntry(file, written[i]!, options.base), written[i]!.change)
  }
  add(generated, await writer.writeGenerated(generated))
  add(assets.map(assetFile), await writer.copy(assets))
}
