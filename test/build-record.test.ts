import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { recordBuild } from '../src/build-record.ts'

it('a record of a build that cannot be written is named', () => {
  const dir = mkdtempSync(join(tmpdir(), 'vite-distill-record-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const buildFile = join(dir, 'static.build.json')
  mkdirSync(buildFile)
  const settings = { mode: 'production', envDir: dir, base: '/' }
  expect(() => recordBuild({ buildFile }, { client: dir }, settings)).toThrow(
    `cannot write \`${buildFile}\`: a folder is there (EISDIR)`,
  )
})
