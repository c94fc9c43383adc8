import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { annotations, appendSummary } from '../../src/ci/github.ts'
import { failureOf, type Report } from '../../src/ci/report.ts'
import { PagesFailedError } from '../../src/render/failures.ts'
import { commandsIn } from './runner.ts'

const workspace = '/repository'
const annotate = (report: Omit<Report, 'lines'>, redact = (text: string) => text) =>
  annotations(report, 'vite-distill publish', { workspace, redact }).join('\n')

describe('annotations', () => {
  it('are an error for a failure, a warning and a notice for what is to be said', () => {
    const failure = { code: 'LOCKED', message: 'it is locked', hint: 'Wait.' }
    expect(annotate({ failure, warnings: ['w'], notices: ['n'] })).toBe(`\
::error title=vite-distill publish%3A LOCKED::it is locked%0AWait.
::warning title=vite-distill publish::w
::notice title=vite-distill publish::n`)
  })

  it.each([
    'two\nlines',
    'a\r\n::set-env name=PATH::/tmp',
    '100%25 %0A::add-mask::x',
    '::add-mask::x',
    '##[add-mask]x',
    '\u00AD::add-mask::x',
    'a,file=b::c',
    'tab\tand \u001B[31mred',
  ])('of %j are one command each, with just that text', (text) => {
    const failure = { code: text, message: text, hint: text, findings: [{ message: text }] }
    const found = commandsIn(annotate({ failure, warnings: [text], notices: [text] }))
    expect(found.map(({ name }) => name)).toEqual(['error', 'error', 'warning', 'notice'])
    for (const { properties } of found) expect(Object.keys(properties)).toEqual(['title'])
    const shown = text.replace(/\r/g, '').replace('\u001B[31m', '')
    expect(found[3]!.message).toBe(shown.replace('\u00AD', '').trimStart())
  })

  it('stand at the line of the source that failed, if that is in the repository', () => {
    const finding = { message: 'no post', line: 3, column: 9 }
    const of = (file: string) =>
      commandsIn(annotate({ failure: { code: 'X', message: 'x', findings: [{ ...finding, file }] } }))[1]!
        .properties
    expect(of('/repository/app/src/a,b.ts')).toMatchObject({ file: 'app/src/a,b.ts', line: '3', col: '9' })
    expect(Object.keys(of('/elsewhere/a.ts'))).toEqual(['title'])
    expect(Object.keys(of('/repository-2/a.ts'))).toEqual(['title'])
  })

  it('name each cause of failed pages once, with its place', () => {
    const root = mkdtempSync(join(tmpdir(), 'ci-'))
    writeFileSync(join(root, 'a(1).ts'), '')
    const page = (url: string, message: string, stack: string) => ({ url, route: '/**', message, stack })
    const error = new PagesFailedError(
      [
        page('/a', 'no a', '    at async render (a(1).ts:3:9)\n    at x (b.ts:1:1)'),
        page('/b', 'no a', '    at async render (a(1).ts:3:9)'),
        page('/c', 'no c', '    at async gone.ts:1:2'),
      ],
      '3 pages could not be rendered\n  details',
      'Mend them.',
    )
    const { findings } = failureOf(error, root)
    expect(findings).toEqual([
      { message: '`/a` and 1 more page: no a', file: join(root, 'a(1).ts'), line: 3, column: 9 },
      { message: '`/c`: no c' },
    ])
    const failure = failureOf(error, root)
    expect(commandsIn(annotate({ failure }))[0]!.message).toBe('3 pages could not be rendered\nMend them.')
  })

  it('are ten of a kind at most, and have no secret', () => {
    const warnings = Array.from({ length: 30 }, (_, i) => `${i} hush ${'x'.repeat(10_000)}`)
    const found = commandsIn(annotate({ warnings }, (text) => text.replaceAll('hush', '***')))
    expect(found).toHaveLength(10)
    expect(found[9]!.message).toBe('and 21 more')
    expect(found[0]!.message).toMatch(/^0 \*\*\* x+$/)
    expect(found[0]!.message.length).toBeLessThan(5000)
  })
})

describe('the summary of a step', () => {
  it('is appended to, and never longer than GitHub takes', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'ci-')), 'summary')
    expect(appendSummary(file, 'a\n')).toBeUndefined()
    expect(appendSummary(file, 'b\n')).toBeUndefined()
    expect(readFileSync(file, 'utf8')).toBe('a\nb\n')
    expect(appendSummary(file, 'x'.repeat(1024 * 1024 - 3))).toContain('1 MiB')
    expect(readFileSync(file, 'utf8')).toBe('a\nb\n')
    expect(appendSummary('/nowhere/summary', 'a')).toContain('ENOENT')
  })
})
