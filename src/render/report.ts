import { relative, sep } from 'node:path'
import { DistillError, messageOf } from '../errors.ts'
import type { ManifestHeader } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import { readLines } from '../read-lines.ts'
import { type Clean, cleanedBuild } from '../report/cleaned.ts'
import type { BuildReport, ReportFile } from '../report/data.ts'
import { jsonOf, removePage, writePage } from '../report/page.ts'
import { portable } from '../report/portable.ts'
import { redactor } from '../secrets.ts'
import { failureOf, linksOf } from './report-findings.ts'
import { ReportRows, type RowSources, mostFiles } from './report-rows.ts'

/** What is known of a build, as far as it got. */
export interface BuildSoFar {
  options: ResolvedOptions
  /** By `performance.now()`. */
  began: number
  /** How many shards are merged. */
  shards: number | undefined
  /** What is known of the files, from when the pages are rendered. */
  files?: RowSources
}

/** What a build that is done says of itself. */
type DoneBuild = Pick<BuildReport, 'ms' | 'renderMs' | 'renderedAll' | 'notices' | 'warnings'> &
  BuildReport['counts'] &
  BuildReport['changes'] & { report: string | undefined }

/** What a report says besides its files and what every report says of the options. */
type Outcome = Omit<BuildReport, 'version' | 'kind' | 'siteId' | 'base' | 'origin' | 'outDir' | 'files'>

/**
 * Writes the page of a build that is done, and adds its path to the result; or removes that of an earlier one. What goes
 * wrong there is a warning of the result.
 * @param site The header of the manifest, and the keys of the files that were removed
 */
export async function reportBuild(
  soFar: BuildSoFar,
  result: DoneBuild,
  { header, removed }: { header: ManifestHeader; removed: readonly string[] },
): Promise<void> {
  const { options, files } = soFar
  const { ms, renderMs, renderedAll, pages, redirects, assets, bytes, notices, warnings } = result
  const outcome: Outcome = {
    createdAt: header.createdAt,
    ms: Math.round(ms),
    renderMs: Math.round(renderMs),
    threads: files!.pages.times.threads,
    shards: soFar.shards,
    counts: { pages, redirects, assets, bytes },
    changes: {
      new: result.new,
      changed: result.changed,
      unchanged: result.unchanged,
      removed: result.removed,
    },
    renderedAll,
    removed: removed.slice(0, mostFiles),
    notices,
    warnings,
  }
  try {
    await write(soFar, outcome, manifestLines(options.manifestFile))
    if (options.report) result.report = options.reportFile
  } catch (error) {
    const why = `there is no report of this build: ${messageOf(error)}`
    // The site lacks nothing.
    if (error instanceof DistillError && error.code === 'REPORT_INVALID') notices.push(why)
    else warnings.push(why)
  }
}

/**
 * The same for a build that failed: the page says why. What was refused, such as a wrong `--only`, leaves the page of
 * the last build, which is still right. The error of the build is all that is told.
 */
export async function reportFailure(soFar: BuildSoFar, error: unknown): Promise<void> {
  // Of two builds at once, the other one writes the page.
  if (error instanceof DistillError && (error.exitCode !== 1 || error.code === 'BUILD_BUSY')) return
  const { began, files } = soFar
  const now = performance.now()
  const outcome: Outcome = {
    createdAt: new Date().toISOString(),
    ms: Math.round(now - began),
    renderMs: files ? Math.round(performance.timeOrigin + now - files.renderingBegan) : 0,
    threads: files?.pages.times.threads ?? 0,
    shards: soFar.shards,
    counts: { ...(files?.lines.counts ?? { pages: 0, redirects: 0, assets: 0, bytes: 0 }) },
    changes: { ...(files?.lines.changes ?? { new: 0, changed: 0, unchanged: 0 }), removed: 0 },
    removed: [],
    notices: [],
    warnings: files?.pages.report.warnings() ?? [],
    failure: failureOf(error),
  }
  try {
    await write(soFar, outcome, files ? stagedLines(files.lines.sorted()) : [])
  } catch {}
}

/** @param manifest The lines of the manifest, some at a time */
async function write(
  { options, files }: BuildSoFar,
  outcome: Outcome,
  manifest: Iterable<string[]> | AsyncIterable<string[]>,
): Promise<void> {
  const { root, outDir, reportFile, siteId, base, origin, publish } = options
  try {
    if (!options.report) return removePage(reportFile)
    const rows = files && new ReportRows(files)
    const clean = portable(root, redactor(Object.values(publish)))
    const audit = files?.pages.links?.report
    const json = jsonOf(rows ? rowsOf(rows, manifest, clean) : [], () => ({
      version: 1,
      kind: 'build',
      siteId,
      base,
      origin: origin === 'http://localhost' ? undefined : origin,
      outDir: relative(root, outDir).split(sep).join('/'),
      ...cleanedBuild(outcome, clean),
      omitted: rows?.omitted || undefined,
      links: audit && linksOf(audit, rows?.omittedLinks),
    }))
    await writePage(reportFile, json)
  } catch (error) {
    // It would be of another build.
    removePage(reportFile)
    throw error
  }
}

async function* rowsOf(
  rows: ReportRows,
  manifest: Iterable<string[]> | AsyncIterable<string[]>,
  clean: Clean,
): AsyncGenerator<ReportFile[], void, undefined> {
  let row = 0
  for await (const lines of manifest) {
    const some = lines.slice(0, rows.length - row).map((line) => rows.row(row++, line))
    for (const file of some) if (file.warnings) file.warnings = file.warnings.map(clean)
    yield some
  }
}

/** The lines of files in a manifest. */
async function* manifestLines(path: string): AsyncGenerator<string[], void, undefined> {
  let first = true
  for await (const lines of readLines(path)) {
    yield first ? lines.slice(1) : lines
    first = false
  }
}

function* stagedLines(texts: Iterable<string>): Generator<string[], void, undefined> {
  for (const text of texts) yield text.split('\n').slice(0, -1)
}
