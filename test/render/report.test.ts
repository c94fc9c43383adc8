import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it, vi } from 'vitest'
import { DistillError } from '../../src/errors.ts'
import { resolveOptions } from '../../src/options.ts'
import { type BuildSoFar, reportBuild, reportFailure } from '../../src/render/report.ts'
import type { RowSources } from '../../src/render/report-rows.ts'
import { PageTimes } from '../../src/render/page-times.ts'
import { ManifestLines } from '../../src/render/site/manifest-lines.ts'
import { readPage } from '../../src/report/page.ts'

const { app } = vi.hoisted(() => ({ app: { path: '' } }))
vi.mock('../../src/report/app.ts', async (load) => {
  const { readApp, ...others } = await load<typeof import('../../src/report/app.ts')>()
  return { ...others, readApp: () => readApp(app.path) }
})

const root = mkdtempSync(join(tmpdir(), 'report-'))
const options = resolveOptions({ outDir: 'static', siteId: 'test' }, { root, base: '/' })
const lines = new ManifestLines(join(root, 'lines.jsonl'), new Set())
afterAll(() => {
  lines.close()
  rmSync(root, { recursive: true })
})

const header = {
  version: 1,
  siteId: 'test',
  base: '/',
  createdAt: '2030-01-01T00:00:00.000Z',
  counts: { pages: 0, assets: 0, redirects: 0, bytes: 0 },
} as const
const site = { header, removed: ['gone.html'] }
const resultOf = () => ({
  ...header.counts,
  new: 0,
  changed: 0,
  unchanged: 0,
  removed: 1,
  ms: 2.5,
  renderMs: 1.5,
  renderedAll: undefined,
  report: undefined as string | undefined,
  notices: [] as string[],
  warnings: [] as string[],
})
const soFar: BuildSoFar = {
  options,
  began: 0,
  shards: 3,
  files: {
    lines,
    pages: { times: new PageTimes(), report: { warnings: () => [] }, links: undefined },
    list: { pages: [] },
    renderingBegan: 0,
    only: false,
  } as unknown as RowSources,
}

beforeEach(() => {
  writeFileSync(options.manifestFile, `${JSON.stringify(header)}\n`)
  app.path = join(root, 'app.html')
  writeFileSync(app.path, '<script type="application/json" id="data"></script>')
})

it('an empty site of shards has a report', async () => {
  const result = resultOf()
  await reportBuild(soFar, result, site)
  expect(result).toMatchObject({ report: options.reportFile, notices: [], warnings: [] })
  expect(readPage(options.reportFile)).toEqual({
    version: 1,
    kind: 'build',
    siteId: 'test',
    base: '/',
    outDir: 'static',
    createdAt: header.createdAt,
    ms: 3,
    renderMs: 2,
    threads: 0,
    shards: 3,
    counts: header.counts,
    changes: { new: 0, changed: 0, unchanged: 0, removed: 1 },
    files: [],
    removed: ['gone.html'],
    notices: [],
    warnings: [],
  })
})

it('a package without the app of the page builds all the same, with one notice and without an older report', async () => {
  await reportBuild(soFar, resultOf(), site)
  app.path = join(root, 'missing.html')
  const result = resultOf()
  await reportBuild(soFar, result, site)
  expect(result).toMatchObject({ report: undefined, warnings: [] })
  expect(result.notices).toEqual([expect.stringContaining('there is no report of this build: ')])
  expect(existsSync(options.reportFile)).toBe(false)
})

it('a failure of the report never takes the place of that of the build', async () => {
  app.path = join(root, 'missing.html')
  await expect(reportFailure(soFar, new Error('the build failed'))).resolves.toBeUndefined()
})

it.each(['USAGE', 'PLAN_MISMATCH', 'BUILD_BUSY'] as const)(
  '%s is no build, and leaves the report',
  async (code) => {
    await reportBuild(soFar, resultOf(), site)
    await reportFailure(soFar, new DistillError(code, 'refused'))
    expect(readPage(options.reportFile)).not.toHaveProperty('failure')
    await reportFailure(soFar, new DistillError('PAGES_FAILED', 'failed'))
    expect(readPage(options.reportFile)).toMatchObject({
      failure: { code: 'PAGES_FAILED', message: 'failed' },
    })
  },
)
