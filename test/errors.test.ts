import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DistillError, type ErrorCode, withoutCommands } from '../src/errors.ts'
import { commandsIn } from './ci/runner.ts'

const read = (path: string) => readFileSync(join(import.meta.dirname, '..', path), 'utf8')

it('docs/errors.md has every code once, with its exit code', () => {
  const documented = read('docs/errors.md')
    .split(/^## /m)
    .flatMap((section) => {
      const [heading = ''] = section.split('\n')
      const rows = section.matchAll(/^\| `([A-Z_]+)` +\|(?: (\d+) +\|)?/gm)
      return Array.from(rows, ([, code, exitCode]) => [
        code,
        Number(exitCode ?? /\((\d+)\)/.exec(heading)?.[1]),
      ])
    })
  const codes = Array.from(
    read('src/errors.ts').matchAll(/^ {2}([A-Z_]+): \d+,$/gm),
    ([, code]) => code as ErrorCode,
  )
  expect(codes.length).toBeGreaterThan(40)
  const sorted = (rows: unknown[][]) => rows.map((row) => row.join(' ')).sort()
  expect(sorted(documented)).toEqual(sorted(codes.map((code) => [code, new DistillError(code, '').exitCode])))
})

it.each([
  '::add-mask::a',
  '  ::add-mask::a',
  'a\n::add-mask::b\r::add-mask::c\r\n\t::add-mask::d',
  'a ##[add-mask]b ##[add-mask]c',
  '\u00A0\u3000::add-mask::a',
  // The runner compares as .NET does, which skips these.
  '\u00AD::add-mask::a',
  ':\u200B:add-mask::a',
  '#\uFEFF#\u0301[add-mask]a',
])('on GitHub, %j is no workflow command', (text) => {
  expect(commandsIn(text)).not.toEqual([])
  expect(commandsIn(withoutCommands(text, { GITHUB_ACTIONS: 'true' }))).toEqual([])
  expect(withoutCommands(text, {})).toBe(text)
  const document = JSON.stringify([text, { [text]: text }], null, 2)
  const printed = withoutCommands(document, { GITHUB_ACTIONS: 'true' })
  expect(commandsIn(printed)).toEqual([])
  expect(JSON.parse(printed)).toEqual(JSON.parse(document))
})

it('on GitHub, what is no workflow command stays as it is', () => {
  const text = 'a::b\n:: \n# title\n## [link]\nhttps://[::1]:80/'
  expect(withoutCommands(text.replace(':: ', 'c'), { GITHUB_ACTIONS: 'true' })).toBe(text.replace(':: ', 'c'))
})
