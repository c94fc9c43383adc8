import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { DistillError } from '../errors.ts'
import { isObject } from '../manifest-line.ts'
import { writing } from '../staging/write-failed.ts'
import { dataIn, readApp } from './app.ts'
import type { BuildReport, ReportFile } from './data.ts'

/** Files whose JSON is made at a time. */
const filesAtOnce = 500

/**
 * Writes the page of a report. It appears whole, and what it lists is never in memory as one text.
 * @param json The text of the data, in parts
 * @throws {DistillError} `REPORT_INVALID` without the page's app, `WRITE_FAILED`
 */
export async function writePage(path: string, json: Iterable<string> | AsyncIterable<string>): Promise<void> {
  const { before, after } = readApp()
  const draft = `${path}.${process.pid}.tmp`
  try {
    const file = writing(draft, () => openSync(draft, 'w'))
    const write = (text: string) => writing(draft, () => writeFileSync(file, text))
    try {
      write(before)
      // Nothing in the data ends the element that holds it.
      for await (const part of json) write(part.replaceAll('<', '\\u003c'))
      write(after)
    } finally {
      closeSync(file)
    }
    writing(path, () => renameSync(draft, path))
  } finally {
    rmSync(draft, { force: true })
  }
}

/**
 * The JSON of a report, in parts.
 * @param files Some at a time
 * @param rest All but the files, once these are known
 */
export async function* jsonOf(
  files: Iterable<readonly ReportFile[]> | AsyncIterable<readonly ReportFile[]>,
  rest: () => Omit<BuildReport, 'files'>,
): AsyncGenerator<string, void, undefined> {
  yield '{"files":['
  let separator = ''
  for await (const some of files) {
    if (some.length === 0) continue
    yield separator + JSON.stringify(some).slice(1, -1)
    separator = ','
  }
  yield `],${JSON.stringify(rest()).slice(1)}`
}

/** Writes the page of a report that is in memory. */
export async function rewritePage(path: string, { files, ...rest }: BuildReport): Promise<void> {
  const parts = function* () {
    for (let at = 0; at < files.length; at += filesAtOnce) yield files.slice(at, at + filesAtOnce)
  }
  await writePage(
    path,
    jsonOf(parts(), () => rest),
  )
}

/**
 * Reads the data of a build's page.
 * @throws {DistillError} `REPORT_INVALID` if there is none, or if it is damaged
 */
export function readPage(path: string): BuildReport {
  const data = dataIn(readPageFile(path))
  let report: unknown
  try {
    report = data && JSON.parse(data.toString())
  } catch (cause) {
    throw invalid(path, 'its data is not JSON', cause)
  }
  if (report === undefined) throw invalid(path, 'it has no data')
  if (!isObject(report) || report.kind !== 'build') throw invalid(path, 'its data is not that of a build')
  if (report.version !== 1)
    throw invalid(
      path,
      `its version is ${JSON.stringify(report.version)}, and this vite-distill reads version 1`,
    )
  if (!Array.isArray(report.files)) throw invalid(path, 'it lists no files')
  return report as unknown as BuildReport
}

/** Removes the page of an earlier build. A file that is no such page stays. */
export function removePage(path: string): void {
  let page: Buffer
  try {
    page = readFileSync(path)
  } catch {
    return
  }
  if (dataIn(page)) writing(path, () => rmSync(path))
}

function readPageFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw invalid(path, isMissing ? 'there is none' : 'it cannot be read', cause)
  }
}

const invalid = (path: string, why: string, cause?: unknown) =>
  new DistillError('REPORT_INVALID', `cannot read the report \`${path}\`: ${why}`, {
    hint: 'Run `vite build` or `vite-distill render`: each writes a new one, unless the option `report` is `false`.',
    cause,
  })
