import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { type App, cleanEnv, createApp, repository, viteConfig } from '../../app.ts'

/** Moments spread over the time of a whole run. */
const byClock = 6
/** Moments while files are moved: when a file is in the staging directory, or in the site. */
const whileMoving = [
  ...Array.from({ length: 3 }, () => 'static.staging/commit.json'),
  ...[0, 40, 80].map((n) => `static/only-2/${n}/index.html`),
]
const pages = 400

/** Every page says which version it is of; some are there only in one. */
const entry = (
  version: number,
) => `export default ({ url }) => new Response('<!doctype html>version ${version} ' + url, { headers: { 'content-type': 'text/html' } })
export const distillRoutes = [
  { route: '/p/:n', distillParams: () => Array.from({ length: ${pages} }, (_, n) => n) },
  { route: '/only-${version}/:n', distillParams: () => Array.from({ length: 100 }, (_, n) => n) },
]`

/** Which versions the files of the site and its manifest are of. */
async function versions(app: App): Promise<Set<string>> {
  const found = new Set<string>()
  const files = (await app.files('dist/static')).filter((file) => file.endsWith('.html'))
  for (const file of files) found.add(/version (\d)/.exec(await app.read(`dist/static/${file}`))![1]!)
  for (const key of (await app.manifest()).keys()) {
    const only = /^only-(\d)/.exec(key)?.[1]
    if (only) found.add(only)
    if (key.endsWith('.html') && !files.includes(key)) found.add(`missing ${key}`)
  }
  return found
}

describe('a build that is killed', () => {
  let app: App
  let finished: number
  beforeAll(async () => {
    app = await createApp({
      'src/entry-server.ts': entry(1),
      'vite.config.ts': viteConfig("{ publish: { default: { backend: 'directory', path: 'www' } } }"),
    })
    await app.build()
    // The second version is built but not distilled: what is killed is only the distilling.
    const first = await mkdtemp(join(tmpdir(), 'vite-distill-killed-'))
    await cp(join(app.dir, 'dist/static'), join(first, 'static'), { recursive: true })
    await cp(join(app.dir, 'dist/static.manifest.jsonl'), join(first, 'static.manifest.jsonl'))
    await app.write({ 'src/entry-server.ts': entry(2) })
    await app.build()
    const began = performance.now()
    await app.distill('render')
    finished = performance.now() - began
    await restore(first)
    restoreFirst = () => restore(first)
  })
  let restoreFirst: () => Promise<void>
  async function restore(from: string) {
    for (const name of ['static', 'static.manifest.jsonl']) {
      await rm(join(app.dir, 'dist', name), { recursive: true, force: true })
      await cp(join(from, name), join(app.dir, 'dist', name), { recursive: true, preserveTimestamps: true })
    }
  }

  /** Resolves when the build has made a file, or has ended. */
  async function made(child: ChildProcess, file: string): Promise<void> {
    while (child.exitCode === null && !existsSync(join(app.dir, 'dist', file))) {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  const moments = [
    ...Array.from({ length: byClock }, (_, i) => async () => setTimeout((finished * (i + 1)) / byClock)),
    ...whileMoving.map((file) => (child: ChildProcess) => made(child, file)),
  ]

  it(`at ${moments.length} different moments leaves the old site or the new one, after the next command at the latest`, async () => {
    let half = 0
    for (const moment of moments) {
      await restoreFirst()
      const child = spawn(process.execPath, [join(repository, 'dist/cli/index.js'), 'render'], {
        cwd: app.dir,
        env: cleanEnv(),
        stdio: 'ignore',
      })
      const exit = once(child, 'exit')
      await moment(child)
      child.kill('SIGKILL')
      await exit

      if (existsSync(join(app.dir, 'dist/static.staging'))) {
        half++
        // A commit that has begun is finished by the publish; before that, the build was interrupted.
        const exitCode = existsSync(join(app.dir, 'dist/static.staging/commit.json')) ? 0 : 3
        expect(await app.distill('publish', '--dry-run')).toMatchObject({ exitCode })
      } else {
        const found = await versions(app)
        expect(found.size, [...found].join()).toBe(1)
      }
      // The next command finishes or discards what was begun, even if it fails itself.
      expect(await app.distill('render', '--only', 'no/such/page')).toMatchObject({ exitCode: 2 })
      const after = await versions(app)
      expect(after.size, [...after].join()).toBe(1)
      expect(existsSync(join(app.dir, 'dist/static.staging'))).toBe(false)
    }
    expect(half).toBeGreaterThan(whileMoving.length / 2)
  }, 300_000)
})
