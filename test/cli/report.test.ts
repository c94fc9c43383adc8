import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { reportCommand } from '../../src/cli/report.ts'
import type { Session } from '../../src/cli/session.ts'
import type { BuildReport } from '../../src/report/data.ts'
import { readPage, rewritePage } from '../../src/report/page.ts'
import { contents, Project } from '../publish/project.ts'

const open = vi.hoisted(() => vi.fn<(path: string) => Promise<void>>(() => Promise.resolve()))
vi.mock('open', () => ({ default: open }))

const report: BuildReport = {
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
  files: [],
  removed: [],
  notices: [],
  warnings: ['the warning of a build'],
}
const { createdAt } = report

let project: Project
let page: string

beforeEach(async () => {
  project = new Project()
  page = join(project.root, 'dist/static.report.html')
  project.build({ 'index.html': 'home', 'about/index.html': 'about us', 'a.css': 'a{}' }, { createdAt })
  await rewritePage(page, report)
})

const run = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await project.run(['report', ...args])
  return { exitCode, stdout: String(stdout), stderr: String(stderr) }
}

describe('vite-distill report', () => {
  it('prints where the page is, and its data with `--json`', async () => {
    expect(await run()).toEqual({ exitCode: 0, stdout: 'dist/static.report.html', stderr: '' })
    const { exitCode, stdout } = await run('--json')
    expect([exitCode, JSON.parse(stdout)]).toEqual([0, report])
  })

  it.each<[what: string, damage: () => void, why: string]>([
    ['a missing page', () => rmSync(page), 'there is none'],
    [
      'a page that was cut short',
      () => writeFileSync(page, readFileSync(page, 'utf8').split('"createdAt"')[0]!),
      'it has no data',
    ],
    [
      'the page of another version',
      () => writeFileSync(page, readFileSync(page, 'utf8').replace('"version":1', '"version":9')),
      'its version is 9',
    ],
  ])('refuses %s, and says what to do', async (_, damage, why) => {
    damage()
    const { exitCode, stdout, stderr } = await run('--json')
    expect(exitCode).toBe(2)
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string; hint: string } }
    expect(error).toMatchObject({ code: 'REPORT_INVALID', message: expect.stringContaining(why) as string })
    expect(error.hint).toContain('`vite build`')
    expect(stderr).toContain(why)
  })

  it('opens the page with `--open`', async () => {
    const session = {
      options: project.options,
      json: false,
      quiet: true,
      redact: (text: string) => text,
    } as Session
    expect(await reportCommand(session, undefined, { open: true })).toBe(0)
    expect(open).toHaveBeenCalledExactlyOnceWith(page)
    open.mockRejectedValueOnce(new Error('no browser'))
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    expect(await reportCommand(session, undefined, { open: true })).toBe(0)
    expect(said.mock.calls.join('')).toContain('could not be opened: no browser')
    said.mockRestore()
  })
})

describe('vite-distill report with a target', () => {
  it('adds what a publish would do, with bytes, and writes nothing in the target', async () => {
    project.build(
      { 'index.html': 'an old home', 'gone/index.html': 'gone' },
      { createdAt: '2029-01-01T00:00:00.000Z' },
    )
    await project.publish('--skip-verify')
    project.build({ 'index.html': 'home', 'about/index.html': 'about us', 'a.css': 'a{}' }, { createdAt })
    const before = contents(project.www)

    const { exitCode, stdout, stderr } = await run('default')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout.split('\n')).toEqual([
      'dist/static.report.html',
      '`default` (../www/): upload 2, update 1, delete 1; 15 B to send',
    ])
    expect(contents(project.www)).toEqual(before)
    expect(readdirSync(project.home).sort()).toEqual(['app', 'www'])

    const { plan, ...rest } = readPage(page)
    expect(rest).toEqual(report)
    expect(plan).toEqual({
      target: 'default',
      to: '../www/',
      counts: { upload: 2, update: 1, headers: 0, keep: 0, delete: 1 },
      bytes: 15,
      changes: [
        { key: 'a.css', action: 'upload', reason: 'new', bytes: 3 },
        { key: 'about/index.html', action: 'upload', reason: 'new', bytes: 8 },
        { key: 'gone/index.html', action: 'delete', reason: 'orphan', bytes: 4 },
        { key: 'index.html', action: 'update', reason: 'content', bytes: 4 },
      ],
      notices: [],
    })
    expect(readFileSync(page, 'utf8')).not.toContain(project.home)
    // The plan stays in the page.
    expect(JSON.parse((await run('--json')).stdout)).toEqual({ ...report, plan })
  })

  it('does not make the folder of a target that is not there', async () => {
    expect(await run('default')).toMatchObject({ exitCode: 0 })
    expect(readPage(page).plan).toMatchObject({ counts: { upload: 3 }, bytes: 15 })
    expect(existsSync(project.www)).toBe(false)
  })

  it('has no secret of the target', async () => {
    const publicUrl = 'http://editor:correcthorse@localhost/'
    project.targets({ default: { backend: 'directory', path: '../www', publicUrl } })
    expect(await run('default')).toMatchObject({ exitCode: 0 })
    expect(readPage(page).plan!.to).toBe('../www/')
    expect(readFileSync(page, 'utf8')).not.toContain('correcthorse')
  })

  it('says why the publish would be refused', async () => {
    await project.publish('--skip-verify')
    project.build({ 'index.html': 'home' }, { createdAt: '2029-01-01T00:00:00.000Z' })
    const { exitCode, stdout } = await run('default')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('refused: ')
    const { plan } = readPage(page)
    expect(plan!.refused).toMatchObject({ code: 'SITE_OLDER' })
    expect(plan!.notices).toEqual([
      'The plan is of the site of 2029-01-01T00:00:00.000Z. This report shows the build of 2030-01-01T00:00:00.000Z.',
    ])
  })

  it('leaves the page as it was where there is no such target', async () => {
    const { exitCode, stderr } = await run('s3-prod')
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('`s3-prod`')])
    expect(readPage(page)).toEqual(report)
  })
})
