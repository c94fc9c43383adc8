import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DistillError } from '../errors.ts'

/** The page's app, which is built with this package: one file that loads nothing. From `src/` it is the same file. */
const appFile = fileURLToPath(new URL('../../dist/report/app.html', import.meta.url))

const opening = '<script type="application/json" id="data">'
const closing = '</script>'

/** The app around the place of its data. */
export interface ReportApp {
  before: string
  after: string
}

/**
 * Reads the page's app.
 * @throws {DistillError} `REPORT_INVALID` if this package was built without it
 */
export function readApp(path = appFile): ReportApp {
  let html: string
  try {
    html = readFileSync(path, 'utf8')
  } catch (cause) {
    throw withoutApp(path, 'it is not there', cause)
  }
  const parts = html.split(opening + closing)
  if (parts.length !== 2) throw withoutApp(path, 'it has no place for the data')
  return { before: parts[0]! + opening, after: closing + parts[1]! }
}

/** Where the data of a page are, in bytes; undefined if it has none. */
export function dataIn(page: Buffer): Buffer | undefined {
  const start = page.indexOf(opening)
  const from = start + opening.length
  // The data has no `<` in it.
  const end = start === -1 ? -1 : page.indexOf(closing, from)
  return end === -1 ? undefined : page.subarray(from, end)
}

const withoutApp = (path: string, why: string, cause?: unknown) =>
  new DistillError('REPORT_INVALID', `cannot read the app of the report page, \`${path}\`: ${why}`, {
    hint: 'Install vite-distill again. In its repository, run `npm run build`.',
    cause,
  })
