import { existsSync, readdirSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { repository } from '../app.ts'
import { appIn, fingerprintIn } from '../render/cache/read.ts'
import { foreignApp } from './foreign-app.ts'

// playground/shards has pipelines, and no app.
const playgrounds = readdirSync(join(repository, 'playground')).filter((name) =>
  existsSync(join(repository, 'playground', name, 'package.json')),
)

// The Markdown that playground/docs shows stays where it is.
const env = { DOCS_REPOSITORY: repository }

/** What git does not have. */
const ignored = new Set(['node_modules', 'dist', 'www', '.output'])

it.each(playgrounds)(
  'playground/%s builds where it is copied to, with the same fingerprint in every folder',
  async (name) => {
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
    const { exitCode, stdout, stderr } = await app.run('npm', ['run', 'build'], { env })
    expect([exitCode, stdout + stderr]).toEqual([0, expect.stringContaining('distilled')])

    const first = fingerprintIn(await appIn(app.root))
    const elsewhere = join(copy, 'another/folder')
    const built = new Set(['dist', 'www', '.output'].map((folder) => join(app.root, folder)))
    const filter = (path: string) => !built.has(path)
    await cp(app.root, elsewhere, { recursive: true, verbatimSymlinks: true, filter })
    const again = await app.run('npm', ['run', 'build'], { cwd: elsewhere, localDir: elsewhere, env })
    expect([again.exitCode, again.stdout + again.stderr]).toEqual([0, expect.stringContaining('distilled')])
    expect(fingerprintIn(await appIn(elsewhere))).toEqual(first)
  },
)
