import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { ManifestFile } from '../../src/manifest.ts'
import { PageTimes } from '../../src/render/page-times.ts'
import { ReportRows, type RowSources } from '../../src/render/report-rows.ts'
import { ManifestLines } from '../../src/render/site/manifest-lines.ts'

const dir = mkdtempSync(join(tmpdir(), 'rows-'))
const opened: ManifestLines[] = []
afterAll(() => {
  for (const lines of opened) lines.close()
  rmSync(dir, { recursive: true })
})

const file = (key: string): ManifestFile => ({
  key,
  url: `/${key}`,
  kind: 'page',
  size: 1,
  md5: '',
  sha256: '',
  headers: {},
  route: '/**',
})
const keyOf = (n: number) => `${String(n).padStart(6, '0')}.html`

/** Rows of a site with so many pages, each of which links to so many others, the first ones. */
function rowsOf(pages: number, links: number): { rows: ReportRows; line: (n: number) => string } {
  const lines = new ManifestLines(join(dir, `${pages}.jsonl`), new Set())
  opened.push(lines)
  // Pages are done in any order.
  for (let n = pages - 1; n >= 0; n--) lines.add(file(keyOf(n)), 'new', '')
  const targets = Array.from({ length: links }, (_, n) => n)
  const sources = {
    lines,
    pages: {
      times: new PageTimes(),
      report: { warningsOf: () => undefined },
      links: { report: { answers: targets.map(keyOf) }, targetsOf: () => targets },
    },
    list: { pages: [] },
    renderingBegan: 0,
    only: false,
  } as unknown as RowSources
  return { rows: new ReportRows(sources), line: (n) => JSON.stringify(file(keyOf(n))) }
}

it('a report lists 100,000 files, and says how many more there are', () => {
  const { rows, line } = rowsOf(100_003, 2)
  expect([rows.length, rows.omitted]).toEqual([100_000, 3])
  expect(rows.row(99_999, line(99_999))).toMatchObject({ key: '099999.html', links: [0, 1] })
})

it('a report lists a million links, and says how many more there are', () => {
  const { rows, line } = rowsOf(1002, 1000)
  const listed = Array.from({ length: 1002 }, (_, n) => rows.row(n, line(n)).links?.length ?? 0)
  expect(listed.reduce((sum, n) => sum + n)).toBe(1_000_000)
  expect(rows.omittedLinks).toBe(2000)
})

it('the time of a page is kept by the number of its line, whatever comes between', () => {
  const times = new PageTimes()
  times.add(5000, { at: 20, ms: 2, thread: 1 })
  times.add(3, { at: 10, ms: 1, thread: 0 })
  // Of a shard.
  times.add(4, { at: undefined, ms: 1, thread: undefined })
  expect([3, 4, 5000, 9000].map((number) => times.of(number))).toEqual([
    { at: 10, ms: 1, thread: 0 },
    { ms: 1 },
    { at: 20, ms: 2, thread: 1 },
    undefined,
  ])
  expect(times.threads).toBe(2)
})
