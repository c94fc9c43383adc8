import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DistillError, type ErrorCode } from '../src/errors.ts'

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
