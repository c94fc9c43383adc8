import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type CiOutput, tellCi } from '../../src/ci/tell.ts'
import type { PublishResult } from '../../src/publish/result.ts'
import { blog, Project } from '../publish/project.ts'
import { commandsIn } from './runner.ts'

const onGitHub = (project: Project) => ({
  GITHUB_ACTIONS: 'true',
  GITHUB_WORKSPACE: project.root,
  GITHUB_STEP_SUMMARY: join(project.home, 'summary.md'),
})
const summaryOf = (project: Project) => readFileSync(join(project.home, 'summary.md'), 'utf8')

describe.concurrent('commands', () => {
  test('a publish on GitHub appends to the summary of its step, whose facts are those of `--json`', async () => {
    const project = new Project({
      targets: { default: { backend: 'directory', path: '../www', publicUrl: 'http://127.0.0.1:9/' } },
    })
    project.build(blog())
    const env = onGitHub(project)
    const published = await project.run(['publish', '--json', '--skip-verify'], { env })
    expect(published.exitCode).toBe(0)
    const result = JSON.parse(String(published.stdout)) as PublishResult
    const first = summaryOf(project)
    expect(first).toContain(`### ✅ \`vite-distill publish\`\n\nPublished to ${result.to}: 6 uploaded`)
    expect(first).toContain('<http://127.0.0.1:9/>')
    for (const { key, action, reason } of result.plan)
      expect(first).toContain(`| \`${key}\` | ${action} | ${reason} |`)
    expect(commandsIn(String(published.stderr))).toEqual([])

    await project.run(['publish', '--quiet', '--skip-verify'], { env })
    const both = summaryOf(project)
    expect(both.startsWith(first)).toBe(true)
    expect(both.slice(first.length)).toContain('Nothing changed')
  })

  test('a refusal and an error are annotations on stderr', async () => {
    const project = new Project()
    project.build({})
    const env = onGitHub(project)
    const refused = await project.run(['publish', '--json'], { env })
    expect(refused.exitCode).toBe(3)
    expect(commandsIn(String(refused.stderr))).toMatchObject([
      { name: 'error', properties: { title: 'vite-distill publish: SITE_EMPTY' } },
    ])
    expect(JSON.parse(String(refused.stdout))).toMatchObject({ error: { code: 'SITE_EMPTY' } })
    expect(summaryOf(project)).toContain('### ❌ `vite-distill publish`: `SITE_EMPTY`')

    project.write('vite.config.mjs', 'throw new Error("::add-mask::a\\n::add-mask::b ##[add-mask]c")')
    const unread = await project.run(['publish', '-l', 'info', '--json'], { env })
    expect(commandsIn(String(unread.stderr)).map(({ name }) => name)).toEqual(['error'])
    expect(commandsIn(String(unread.stdout))).toEqual([])
  })

  test.each([[['--dry-run']], [['--json']]])(
    'with %j, no key of a site is a workflow command',
    async (flags) => {
      const project = new Project()
      const keys = ['::add-mask::a', '##[add-mask]b', '\u00AD::stop-commands::c', '##[error].html']
      project.build({ ...blog(), ...Object.fromEntries(keys.map((key) => [key, key])) })
      const { exitCode, stdout, stderr } = await project.run(['publish', ...flags], {
        env: onGitHub(project),
      })
      expect(exitCode).toBe(0)
      const found = commandsIn(`${String(stdout)}\n${String(stderr)}`)
      expect(found.filter(({ name }) => name !== 'notice')).toEqual([])
      if (!flags.includes('--json')) return
      const { plan } = JSON.parse(String(stdout)) as PublishResult
      expect(plan.map(({ key }) => key)).toEqual(expect.arrayContaining(keys))
    },
  )

  test('test-publish tells each step, and the error of the one that failed', async () => {
    const project = new Project()
    project.write('file/www', '')
    project.targets({ default: { backend: 'directory', path: 'file/www' } })
    const { exitCode, stderr } = await project.run(['test-publish', '--json'], { env: onGitHub(project) })
    expect(exitCode).not.toBe(0)
    const [error] = commandsIn(String(stderr))
    expect(error?.properties.title).toMatch(/^vite-distill test-publish: /)
    expect(summaryOf(project)).toMatch(/cannot be published to as it is\n\n- write \d+ ms\n- /)
  })

  test('check tells every broken link', async () => {
    const project = new Project()
    project.build({ 'index.html': '<a href="/gone/">a</a> <a href="/gone-too/">b</a>' })
    const { exitCode, stderr } = await project.run(['check', '--json'], { env: onGitHub(project) })
    expect(exitCode).toBe(1)
    expect(commandsIn(String(stderr)).map(({ message }) => message)).toEqual([
      expect.stringContaining('1 file has links that lead nowhere, to 2 URLs\n'),
      expect.stringContaining('`/gone-too/` leads nowhere (the site has no such page or file'),
      expect.stringContaining('`/gone/` leads nowhere'),
    ])
    expect(summaryOf(project)).toContain('### ❌ `vite-distill check`: `LINKS_BROKEN`')
  })

  test('on GitLab, the changes are a collapsed section, and a file beside the site has the report', async () => {
    const project = new Project()
    project.build(blog())
    const { stdout, stderr } = await project.run(['publish', '--json'], { env: { GITLAB_CI: 'true' } })
    const section =
      // oxlint-disable-next-line no-control-regex
      /^\u001B\[0Ksection_start:\d{10}:(\w+)\[collapsed=true\]\r\u001B\[0Kvite-distill publish: 6 changes\n([^]*)\n\u001B\[0Ksection_end:\d{10}:\1\r\u001B\[0K$/m
    const [, , lines] = section.exec(String(stderr)) ?? []
    const { plan } = JSON.parse(String(stdout)) as PublishResult
    expect(lines?.split('\n')).toEqual(plan.map(({ key, action, reason }) => `${action} ${key} (${reason})`))
    expect(readFileSync(`${project.siteDir}.publish.md`, 'utf8')).toContain('| `index.html` | upload | new |')
  })
})

describe('a report', () => {
  afterEach(() => vi.restoreAllMocks())

  const output: CiOutput = {
    command: 'publish',
    outDir: undefined,
    quiet: false,
    silent: false,
    redact: (text) => text.replaceAll('hush', '***'),
  }
  const report = {
    lines: ['done'],
    changes: [{ key: 'hush.html', action: 'upload', reason: 'new' }] as const,
    notices: ['a notice'],
    warnings: ['a warning'],
    failure: { code: 'LOCKED', message: 'an error' },
  }
  const tell = (more: Partial<CiOutput>, env: NodeJS.ProcessEnv): string => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    tellCi(report, { ...output, ...more }, env)
    const said = write.mock.calls.map(([text]) => String(text)).join('')
    write.mockRestore()
    return said
  }

  test('goes nowhere outside of CI', () => {
    const outDir = join(mkdtempSync(join(tmpdir(), 'ci-')), 'static')
    expect(tell({ outDir }, { CI: 'true', GITHUB_ACTIONS: 'false', GITLAB_CI: '' })).toBe('')
    expect(() => readFileSync(`${outDir}.publish.md`)).toThrow('ENOENT')
  })

  test('has errors and warnings with `--quiet`, and no line with `--logLevel silent`', () => {
    const kinds = (more: Partial<CiOutput>) =>
      commandsIn(tell(more, { GITHUB_ACTIONS: 'true' })).map(({ name }) => name)
    expect(kinds({})).toEqual(['error', 'warning', 'notice'])
    expect(kinds({ quiet: true })).toEqual(['error', 'warning'])
    expect(tell({ quiet: true, silent: true }, { GITHUB_ACTIONS: 'true' })).toBe('')
    expect(tell({}, { GITLAB_CI: 'true' })).toContain('upload ***.html (new)')
    expect(tell({ quiet: true }, { GITLAB_CI: 'true' })).toBe('')
  })

  test('that cannot be written is a warning', () => {
    const home = mkdtempSync(join(tmpdir(), 'ci-'))
    mkdirSync(join(home, 'static.publish.md'))
    writeFileSync(join(home, 'file'), '')
    const outDir = join(home, 'static')
    expect(tell({ outDir }, { GITLAB_CI: 'true' })).toContain('static.publish.md` was not written: EISDIR')
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(home, 'file', 'summary') }
    expect(tell({}, env)).toContain("the step's summary was not written: ENOTDIR")
  })
})
