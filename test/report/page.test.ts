import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { BuildReport } from '../../src/report/data.ts'
import { readPage, removePage, rewritePage, writePage } from '../../src/report/page.ts'

const dir = mkdtempSync(join(tmpdir(), 'report-'))
const path = join(dir, 'static.report.html')
afterAll(() => rmSync(dir, { recursive: true }))

const file = (n: number): BuildReport['files'][number] => ({
  key: `${n}.html`,
  url: `/${n}.html`,
  kind: 'page',
  size: n,
  headers: { 'content-type': 'text/html' },
  change: 'new',
})

const report = (more: Partial<BuildReport> = {}): BuildReport => ({
  version: 1,
  kind: 'build',
  siteId: 'test',
  base: '/',
  createdAt: '2030-01-01T00:00:00.000Z',
  outDir: 'dist/static',
  ms: 2,
  renderMs: 1,
  threads: 1,
  counts: { pages: 1, redirects: 0, assets: 0, bytes: 1 },
  changes: { new: 1, changed: 0, unchanged: 0, removed: 0 },
  files: [file(1)],
  removed: [],
  notices: [],
  warnings: [],
  ...more,
})

describe('the page of a report', () => {
  it('holds what was written, however many files there are', async () => {
    for (const files of [[], [file(1)], Array.from({ length: 1201 }, (_, n) => file(n))]) {
      await rewritePage(path, report({ files }))
      expect(readPage(path)).toEqual(report({ files }))
    }
  })

  it('is not ended by what it shows', async () => {
    const nasty = report({ warnings: ['</script><script>alert(1)</script>', '<!-- <script>'] })
    await rewritePage(path, nasty)
    const html = readFileSync(path, 'utf8')
    expect(html).not.toContain('alert(1)</script>')
    expect(html).toContain('\\u003c/script>\\u003cscript>alert(1)')
    expect(readPage(path)).toEqual(nasty)
  })

  it('appears whole or not at all', async () => {
    await rewritePage(path, report())
    const broken = async function* () {
      yield '{'
      throw new Error('no more')
    }
    await expect(writePage(path, broken())).rejects.toThrow('no more')
    expect(readPage(path)).toEqual(report())
    expect(readdirSync(dir)).toEqual(['static.report.html'])
  })
})

describe('a page that cannot be read', () => {
  const damaged: [what: string, data: string, why: string][] = [
    ['is cut short', '', 'it has no data'],
    ['is empty', '<script type="application/json" id="data"></script>', 'its data is not JSON'],
    ['is damaged', '<script type="application/json" id="data">{"files":[</script>', 'its data is not JSON'],
    [
      'is of another version',
      '<script type="application/json" id="data">{"version":2,"kind":"build","files":[]}</script>',
      'its version is 2, and this vite-distill reads version 1',
    ],
    [
      'is that of a dev server',
      '<script type="application/json" id="data">{"version":1,"kind":"dev"}</script>',
      'its data is not that of a build',
    ],
    [
      'has no files',
      '<script type="application/json" id="data">{"version":1,"kind":"build"}</script>',
      'it lists no files',
    ],
  ]

  it.each(damaged)('%s', (_, data, why) => {
    writeFileSync(path, `<!doctype html>${data}`)
    expect(() => readPage(path)).toThrow(
      expect.objectContaining({
        code: 'REPORT_INVALID',
        exitCode: 2,
        message: `cannot read the report \`${path}\`: ${why}`,
      }),
    )
  })

  it('is missing', () => {
    const missing = join(dir, 'missing.html')
    expect(() => readPage(missing)).toThrow(
      expect.objectContaining({
        code: 'REPORT_INVALID',
        hint: expect.stringContaining('`vite build`') as string,
      }),
    )
  })
})

it('only a page of a report is removed', async () => {
  writeFileSync(path, '<!doctype html><p>My own notes</p>')
  removePage(path)
  expect(existsSync(path)).toBe(true)
  await rewritePage(path, report())
  removePage(path)
  expect(existsSync(path)).toBe(false)
  removePage(path)
})
