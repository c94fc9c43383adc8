import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { readApp } from '../../src/report/app.ts'

const dir = mkdtempSync(join(tmpdir(), 'report-app-'))
afterAll(() => rmSync(dir, { recursive: true }))

it('the app of the page has one place for the data', () => {
  const path = join(dir, 'app.html')
  const place = '<script type="application/json" id="data"></script>'
  writeFileSync(path, `<main></main>${place}<p>`)
  const { before, after } = readApp(path)
  expect(before + after).toBe(`<main></main>${place}<p>`)
  expect(before.endsWith('id="data">')).toBe(true)
  for (const html of ['<main></main>', place + place]) {
    writeFileSync(path, html)
    expect(() => readApp(path)).toThrow(
      expect.objectContaining({
        code: 'REPORT_INVALID',
        hint: expect.stringContaining('`npm run build`') as string,
      }),
    )
  }
})

it('a package without it says so', () => {
  expect(() => readApp(join(dir, 'missing.html'))).toThrow(
    expect.objectContaining({
      code: 'REPORT_INVALID',
      message: expect.stringContaining('it is not there') as string,
    }),
  )
})
