import { join } from 'node:path'
import type { LinkFacts } from '../links/describe.ts'
import { SiteLinks, auditsLinks } from '../links/site-links.ts'
import { stagedCache } from '../staging/commit.ts'
import { Staging } from '../staging/staging.ts'
import { changedMeanwhile, fingerprintOf } from './cache/fingerprint.ts'
import { type PageReason, keepPages } from './cache/keep-pages.ts'
import { readLastBuild, tagNotice } from './cache/last-build.ts'
import type { PublishedSite } from './cache/published.ts'
import { RecordWriter } from './cache/record.ts'
import { hostFileKeys, writeHostFiles } from './host-files/host-files.ts'
import { auditSiteLinks, siteFile } from './link-audit.ts'
import { needsLinks, renderLinkedPages, withPages } from './linked-pages.ts'
import { writeOtherFiles } from './other-files.ts'
import { PageReport, dropWarning } from './page-report.ts'
import { type PageSource, appPages } from './page-source.ts'
import { pageTagging, tagFacts } from './page-tagger.ts'
import { checkChains } from './redirects.ts'
import { type BuildSoFar, reportBuild, reportFailure } from './report.ts'
import { type Renderer, renderSelection } from './render-selection.ts'
import { addEmittedFiles } from './rendered.ts'
import { selectPages } from './select-pages.ts'
import { SitePages } from './site-pages.ts'
import { commitSite, readLastSite } from './site/commit.ts'
import { LineFile } from './site/line-file.ts'
import { ManifestLines } from './site/manifest-lines.ts'
import { pagesWritten } from './site/page-write.ts'
import { unmanagedNotice } from './site/unmanaged.ts'
import { WriterThread } from './site/writer-thread.ts'
import { listSources } from './sources.ts'
import { verifyPages } from './verify.ts'
import { type BuiltApp, withThread } from './worker/app-thread.ts'

export interface DistillInput extends BuiltApp {
  /** Renders only the pages whose URL matches one of these globs (`posts/*`) and keeps the rest of the site as it is. */
  only?: readonly string[] | undefined
  /** Renders the pages a second time, one by one, and fails if one differs. */
  verify?: boolean | undefined
  /** Renders also the pages that would be kept. */
  force?: boolean | undefined
  /** What has the pages of the last build, where there is no last site here: the target of `cache.from`. */
  published?: PublishedSite | undefined
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
  /** How many shards were merged; undefined where one machine rendered all. */
  shards: number | undefined
  /** How many pages were rendered because they had to be. */
  rendered: number
  /** How many pages are those of the last build. */
  kept: number
  /** How many pages are not here, because a target has them, and which; undefined if none is. */
  remote: { target: string; pages: number } | undefined
  /** How many of both were rendered to see whether they still are. */
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
  /** The page that shows this build; undefined without the option `report`. */
  report: string | undefined
  notices: string[]
  warnings: string[]
}

/**
 * Renders the pages of the built app into the site's directory, with the client's assets and the manifest.
 * The new site replaces the last one only after every step has succeeded.
 * @param openPages Where the pages come from. Default: the app renders them
 * @throws {DistillError} with the site and its manifest as they were before
 */
export function distill(
  input: DistillInput,
  // What is not rendered could not be verified.
  openPages = () => appPages(input, { force: input.force === true || input.verify === true }),
): Promise<DistillResult> {
  const { outDir } = input.options
  const run = (lastRun.get(outDir) ?? Promise.resolve()).then(() => distillSite(input, openPages))
  lastRun.set(
    outDir,
    run.catch(() => {}),
  )
  return run
}

/** By site, its last run: two runs of one process, such as two `vite.build()` at once, go one after the other. */
const lastRun = new Map<string, Promise<unknown>>()

async function distillSite(input: DistillInput, openPages: () => PageSource): Promise<DistillResult> {
  const { options, build } = input
  const began = performance.now()
  const tagging = pageTagging(build, options)
  // Before the app is loaded: what changes from here on may be in its pages or not.
  const takeFingerprint = () => fingerprintOf({ ...input, tagging })
  const fingerprint = options.cache ? takeFingerprint() : undefined
  const staging = Staging.open(options)
  const source = openPages()
  const { app } = source
  const writer = new WriterThread({ outDir: options.outDir, staging: staging.site })
  const soFar: BuildSoFar = { options, began, shards: source.shards }
  const opened: { close: () => void }[] = []
  const open = <T extends { close: () => void }>(file: T): T => (opened.push(file), file)
  try {
    await pagesWritten(options.outDir)
    const listing = writer.listSite()
    // It is awaited later: until then, a rejection must not end the process.
    listing.catch(() => {})
    const last = await readLastSite(options, input.only !== undefined)
    source.checkLast?.(last)
    const [sources, otherFiles, lastBuild] = await Promise.all([
      listSources(() => source.listPages(), input),
      listing.then((keys) => keys.filter((key) => !last.keys.has(key))),
      readLastBuild({
        options,
        last,
        fingerprint,
        writer,
        only: input.only,
        // Of a few pages, those are rendered that are not here.
        published: input.only !== undefined || source.force ? undefined : input.published,
      }),
    ])
    const selection = selectPages(sources.list, last, input.only)
    const lines = open(new ManifestLines(join(options.stagingDir, 'lines.jsonl'), last.keys))
    const records =
      fingerprint && open(new RecordWriter(stagedCache(options), fingerprint, options.addresses))
    const report = new PageReport(selection.list, options)
    const links = needsLinks(sources.list, options) ? new SiteLinks(options) : undefined
    const pages = new SitePages({ lines, report, links }, records, options)

    const others = new Map(selection.kept?.map(({ key, remote }) => [key, !remote]))
    const keeping = await keepPages({
      ...lastBuild,
      needsLinks: links !== undefined,
      list: selection.list,
      written: last.written,
      known: open(new LineFile(join(options.stagingDir, 'known.jsonl'))),
      force: source.force,
      isKept: source.isKept,
      onKept: (page, known) => pages.addKept(page, known),
      onOther(known) {
        const isHere = others.get(known.file.key)
        if (isHere !== undefined) pages.addOther(known, isHere)
      },
    })
    const renderer: Renderer = { ...input, tagging, app, writer, staging: staging.site }
    const renderingBegan = performance.now()
    soFar.files = {
      lines,
      pages,
      list: selection.list,
      keeping,
      renderingBegan: performance.timeOrigin + renderingBegan,
      only: selection.kept !== undefined,
    }
    let dropped = await source.render(renderer, keeping, pages)
    const found = await renderLinkedPages({
      site: sources,
      links,
      kept: new Set(others.keys()),
      pathOf: siteFile(renderer),
      findPages: (urls) => withThread(app, input, (thread) => thread.findPages(urls)),
      async render(list) {
        dropped += await renderSelection(renderer, { list }, pages)
      },
    })
    const renderMs = performance.now() - renderingBegan
    const audited = await source.audit(renderer, keeping)
    if (input.verify) {
      const isWritten = (key: string) => lines.has(key)
      await verifyPages({ ...renderer, list: withPages(selection.list, found), isWritten })
    }
    const chains = checkChains(sources.redirects, report.redirects, options)
    const hostKeys = hostFileKeys(options)
    if (selection.kept)
      for (const file of selection.kept.filter(({ key }) => !hostKeys.includes(key)))
        lines.add(file, 'unchanged')
    else await writeOtherFiles(renderer, sources, report, lines)
    await addEmittedFiles(renderer, { sources, found, lines })
    const audit =
      links && auditsLinks(options)
        ? auditSiteLinks(links, { ...renderer, sources, found, kept: selection.kept, lines })
        : undefined
    const hosts = await writeHostFiles(renderer, lines)
    const unmanaged = otherFiles.filter((key) => !lines.has(key) || lines.remote.has(key))
    const tags = tagFacts(build, tagging)
    if (fingerprint && changedMeanwhile(fingerprint, takeFingerprint())) records!.discard()
    const remote = lastBuild.remote ?? (selection.kept && last.header?.remote)
    const site = await commitSite({ staging, lines, records, unmanaged, last, options, tags, remote })
    const { rendered, kept, start, slowest } = report
    const result: DistillResult = {
      outDir: options.outDir,
      ...lines.counts,
      ...lines.changes,
      dropped,
      removed: site.removed.length,
      ms: performance.now() - began,
      renderMs,
      shards: source.shards,
      rendered,
      kept,
      remote:
        remote && lines.remote.size > 0 ? { target: remote.target, pages: lines.remote.size } : undefined,
      audited,
      renderedAll: selection.list.pages.some(({ cacheKey }) => cacheKey !== undefined)
        ? lastBuild.why
        : undefined,
      reasons: keeping.reasons,
      start,
      slowest,
      links: audit?.links,
      report: undefined,
      notices: [
        ...sources.list.notices,
        ...last.notices,
        ...unmanagedNotice(unmanaged, options),
        ...tagNotice(lastBuild, options),
        ...(lastBuild.notices ?? []),
        ...(audit?.notices ?? []),
      ],
      warnings: [
        ...(lastBuild.warnings ?? []),
        ...sources.list.warnings,
        ...report.warnings(),
        ...chains,
        ...(audit?.warnings ?? []),
        ...hosts.warnings,
        ...dropWarning(lines.counts.pages, last.header?.counts.pages),
      ],
    }
    await reportBuild(soFar, result, site)
    return result
  } catch (error) {
    await reportFailure(soFar, error)
    throw error
  } finally {
    for (const file of opened) file.close()
    await Promise.all([app?.close(), writer.end()])
    staging.close()
  }
}
