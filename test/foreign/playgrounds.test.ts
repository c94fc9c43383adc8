import { readdirSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { repository } from '../app.ts'
import { foreignApp } from './foreign-app.ts'

const playgrounds = readdirSync(join(repository, 'playground'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

/** What git does not have. */
const ignored = new Set(['node_modules', 'dist', 'www', '.output'])

it.each(playgrounds)('playground/%s builds where it is copied to', async (name) => {
  const copy = await mkdtemp(join(tmpdir(), 'playground-'))
  onTestFinished(() => rm(copy, { recursive: true, force: true }))
  const from = join(repository, 'playground', name)
  await cp(from, copy, { recursive: true, filter: (path) => !ignored.has(path.split(/[\\/]/).at(-1)!) })
  const { dependencies, devDependencies } = JSON.parse(
    await readFile(join(copy, 'package.json'), 'utf8'),
  ) as Record<string, Record<string, string>>
  for (const version of Object.values({ ...dependencies, ...devDependencies }))
    expect(version).toMatch(/^[\^\d]/)
  const app = await foreignApp(copy)
  const { exitCode, stdout, stderr } = await app.run('npm', ['run', 'build'])
  expect([exitCode, stdout + stderr]).toEqual([0, expect.stringContaining('distilled')])
})
