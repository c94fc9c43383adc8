import { join } from 'node:path'
import type { LinkFacts } from '../links/describe.ts'
import { SiteLinks, auditsLinks } from '../links/site-links.ts'
import type { ResolvedOptions } from '../options.ts'
import { createProgress } from '../progress.ts'
import type { PageList } from '../routes/types.ts'
import { htmlType } from '../content-type.ts'
import { listSiteFiles } from '../public-files.ts'
import { auditPages } from './cache/audit.ts'
import { changedMeanwhile, fingerprintOf } from './cache/fingerprint.ts'
import { type KeepPagesInput, type Keeping, type PageReason, keepPages } from './cache/keep-pages.ts'
import { type LastBuild, readLastBuild } from './cache/last-build.ts'
import { RecordWriter, recordOf } from './cache/record.ts'
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
import { type LastSite, commitSite, readLastSite } from './site/commit.ts'
import { sitemapOf } from './sitemap.ts'
import { renderLinkedPages } from './linked-pages.ts'
import { type LinkAudit, auditSiteLinks, readLinks, siteFile } from './link-audit.ts'
import { listSources } from './sources.ts'
import { pagesWritten } from './site/page-write.ts'
import { stagedCache } from '../staging/commit.ts'
import { Staging } from '../staging/staging.ts'
import { type PageTagging, pageTagging, tagFacts } from './page-tagger.ts'
import { verifyPages } from './verify.ts'
import { LineFile } from './site/line-file.ts'
import { ManifestLines } from './site/manifest-lines.ts'
import { WriterThread } from './site/writer-thread.ts'

export interface DistillInput extends BuiltApp {
  /** Renders only the pages whose URL matches one of these globs (`posts/*`) and keeps the rest of the site as it is. */
  only?: readonly string[] | undefined
  /** Renders the pages a second time, one by one, and fails if one differs. */
  verify?: boolean | undefined
  /** Renders also the pages that would be kept. */
  force?: boolean | undefined
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
  /** How many pages were rendered because they had to be. */
  rendered: number
  /** How many pages are those of the last build. */
  kept: number
  /** How many of these were rendered to see whether they still are. */
  audited: number
  /** Why no page could be kept, if there are any that could be: `the server bundle changed`. */
  renderedAll: string | undefined
  /** Of every page, why it was rendered or kept. */
  reasons: () => PageReason[]
  /** The first page, if it waited for what the app starts: a database, a cache. Its time is not in `slowest`. */
  start: { url: string; ms: number } | undefined
  /** The slowest first. */
  slowest: { url: string; ms: number }[]
  /** What is to be said of the links; undefined with `links: false`. */
  links: LinkFacts | undefined
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

/** What is told of each page, whether it is rendered or kept. */
interface Told {
  lines: ManifestLines
  records: RecordWriter | undefined
  report: PageReport
  /** Undefined with `links: false`. */
  siteLinks: SiteLinks | undefined
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
  // Before the app is loaded: what changes from here on may be in its pages or not.
  const takeFingerprint = () => fingerprintOf({ ...input, tagging })
  const fingerprint = options.cache ? takeFingerprint() : undefined
  const staging = Staging.open(options)
  const app = new AppThread(input)
  const writer = new WriterThread({ outDir: options.outDir, staging: staging.site })
  const opened: { close: () => void }[] = []
  const open = <T extends { close: () => void }>(file: T): T => (opened.push(file), file)
  try {
    await pagesWritten(options.outDir)
    const listing = writer.listSite()
    // Whoever waits for it gets the error; nobody may, where another one came first.
    listing.catch(() => {})
    const run: Run = { ...input, tagging, app, writer }
    const last = await readLastSite(options, input.only !== undefined)
    const [sources, otherFiles, lastBuild] = await Promise.all([
      listSources(app, input),
      listing.then((keys) => keys.filter((key) => !last.keys.has(key))),
      readLastBuild({ options, last, fingerprint, writer, only: input.only }),
    ])
    const selection = selectPages(sources.list, last, input.only)
    const lines = open(new ManifestLines(join(options.stagingDir, 'lines.jsonl'), last.keys))
    const records =
      fingerprint && open(new RecordWriter(stagedCache(options), fingerprint, options.addresses))
    const findsPages = sources.list.routes.some((route) => route.linked)
    const siteLinks = auditsLinks(options) || findsPages ? new SiteLinks(options) : undefined
    const told: Told = { lines, records, report: new PageReport(selection.list, options), siteLinks }
    const { report } = told
    const known = open(new LineFile(join(options.stagingDir, 'known.jsonl')))
    const keeping = await keepPages({ ...keepInput(run, selection, last, lastBuild, told), known })
    const rendering = await renderSelection({ ...run, staging: staging.site }, keeping, told)
    const found =
      siteLinks && findsPages
        ? await renderLinked(run, sources, selection, told, rendering, staging.site)
        : []
    const whole: SiteSources = { ...sources, list: withPages(sources.list, found) }
    const audited = keeping.sample(options.cache ? options.cache.audit : 0)
    await auditPages({ ...run, ...audited })
    const isWritten = (key: string) => lines.has(key)
    const list = withPages(selection.list, found)
    if (input.verify) await verifyPages({ ...run, list, staging: staging.site, isWritten })
    const chains = checkChains(sources.redirects, report.redirects, options)
    if (selection.kept) for (const file of selection.kept) lines.add(file, 'unchanged')
    else await writeOtherFiles(run, sources, report, lines)
    const audit =
      siteLinks && auditsLinks(options)
        ? auditLinks(run, siteLinks, whole, selection, lines, staging.site)
        : undefined
    const unmanaged = otherFiles.filter((key) => !lines.has(key))
    const tags = tagFacts(build, tagging)
    if (fingerprint && changedMeanwhile(fingerprint, takeFingerprint())) records!.discard()
    const removed = await commitSite({ staging, lines, records, unmanaged, last, options, tags })
    const { rendered, kept, start, slowest } = report
    return {
      outDir: options.outDir,
      ...lines.counts,
      ...lines.changes,
      ...rendering,
      removed,
      ms: performance.now() - began,
      rendered,
      kept,
      audited: audited.records.length,
      renderedAll: selection.list.pages.some(({ cacheKey }) => cacheKey !== undefined)
        ? lastBuild.why
        : undefined,
      reasons: keeping.reasons,
      start,
      slowest,
      links: audit?.links,
      notices: [
        ...sources.list.notices,
        ...last.notices,
        ...unmanagedNotice(unmanaged, options),
        ...tagNotice(lastBuild, options),
        ...(audit?.notices ?? []),
      ],
      warnings: [
        ...sources.list.warnings,
        ...report.warnings(),
        ...chains,
        ...(audit?.warnings ?? []),
        ...dropWarning(lines.counts.pages, last.header?.counts.pages),
      ],
    }
  } finally {
    for (const file of opened) file.close()
    await Promise.all([app.close(), writer.end()])
    staging.close()
  }
}

/** How the pages of a selection are told apart: those that are kept, and those to render. */
function keepInput(
  { force, verify }: Run,
  { list, kept }: Selection,
  { written }: LastSite,
  { record, intact }: LastBuild,
  { lines, records, report, siteLinks }: Told,
): Omit<KeepPagesInput, 'known'> {
  const others = new Set(kept?.map(({ key }) => key))
  return {
    list,
    record,
    intact,
    written,
    // What is not rendered could not be verified.
    force: force === true || verify === true,
    onKept(page, known) {
      lines.add(known.file, 'unchanged', known.line)
      records?.add({ ...known, cacheKey: page.cacheKey })
      report.addKept(page, known)
      siteLinks?.addPage({ ...known.file, noindex: known.noindex }, known.links)
    },
    onOther(known) {
      if (others.has(known.file.key)) records?.add(known)
    },
  }
}

type Rendering = Pick<DistillResult, 'dropped' | 'renderMs'>

/**
 * Renders pages to the staging directory.
 * @throws {DistillError} `PAGES_FAILED`, with every page that failed
 */
async function renderSelection(
  run: Run & { staging: string },
  {
    list,
    lastResponse,
    onUnmodified,
    forced,
  }: Pick<Keeping, 'list' | 'lastResponse' | 'onUnmodified' | 'forced'>,
  { lines, records, report, siteLinks }: Told,
): Promise<Rendering> {
  const { options, build, app, writer, tagging, quiet } = run
  const began = performance.now()
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
    lastResponse,
    onUnmodified,
    readLinks: siteLinks && ((batch) => readLinks(batch, siteLinks)),
    onPage(rendered, written) {
      const page = list.pages[rendered.index]!
      const file = manifestEntry(pageFile(rendered, list), written, options.base)
      const line = JSON.stringify(file)
      lines.add(file, written.change, line)
      const record = recordOf(page, rendered, file, line)
      if (record) records?.add(record)
      report.addRendered(page, rendered)
      siteLinks?.addPage(rendered, rendered.links)
      const before = forced(rendered.index)
      if (before !== undefined && before !== line)
        report.warn('it changed, and its cache key did not: it would have been kept as it was', page)
    },
    tick: (n) => progress.tick(n),
  }).finally(() => progress.done())
  if (failures.length > 0) {
    const failed = new Set(failures.map(({ index }) => list.pages[index]!.key))
    throw describeFailures(failures, list, options.root, siteLinks?.referrersOf(failed, siteFile(run)))
  }
  return { dropped, renderMs: performance.now() - began }
}

const withPages = (list: PageList, found: PageList['pages']): PageList =>
  found.length === 0 ? list : { ...list, pages: [...list.pages, ...found] }

/** Renders the pages that are found by links, and counts them in. */
function renderLinked(
  run: Run,
  site: SiteSources,
  { kept = [] }: Selection,
  told: Told,
  counts: Rendering,
  staging: string,
): Promise<PageList['pages']> {
  return renderLinkedPages({
    ...run,
    site,
    siteLinks: told.siteLinks!,
    kept: kept.map(({ key }) => key),
    pathOf: siteFile({ options: run.options, staging }),
    async render(app, list) {
      // Nothing is known of these pages before they are found.
      const all = { list, lastResponse: () => undefined, onUnmodified: () => {}, forced: () => undefined }
      const { dropped, renderMs } = await renderSelection({ ...run, app, staging }, all, told)
      counts.dropped += dropped
      counts.renderMs += renderMs
    },
  })
}

/** Audits the links of the site before it is moved into place. */
function auditLinks(
  { options, build }: Run,
  siteLinks: SiteLinks,
  sources: SiteSources,
  { kept }: Selection,
  lines: ManifestLines,
  staging: string,
): LinkAudit {
  if (kept) for (const file of kept) siteLinks.addPage(file, undefined)
  else {
    for (const { key, to } of sources.redirects) siteLinks.addRedirect(key, to)
    const { fallback } = options
    if (fallback !== undefined)
      siteLinks.addPage({ key: fallback, headers: { 'content-type': htmlType } }, undefined)
  }
  // Something else serves the client's files then.
  const elsewhere = options.assets.include ? [] : listSiteFiles(build.client, options).map(({ key }) => key)
  return auditSiteLinks(siteLinks, { options, sources, lines, staging, elsewhere: new Set(elsewhere) })
}

/** Says how a new commit can leave pages as they are. */
const tagNotice = ({ onlyTagChanged }: LastBuild, { cdn }: ResolvedOptions): string[] =>
  onlyTagChanged && cdn.tag !== 'content'
    ? [
        "all pages were rendered, because the cache-busting tag is new; with `cdn: { tag: 'content' }` it changes only with the files that have it",
      ]
    : []

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
