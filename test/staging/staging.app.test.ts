import { execa } from 'execa'
import { existsSync } from 'node:fs'
import { chmod, chown, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type App, cleanEnv, createApp, repository, viteConfig } from '../app.ts'
import { startVite } from '../start.ts'

const options = `{ outDir: 'out/deep/er', publish: { default: { backend: 'directory', path: 'www' } } }`

/** The environment variable says which version the pages are of; \`/b/only-1/\` is there only in the first. */
const entry = `export default ({ url }) => new Response(' '.repeat(process.env.SIZE ?? 0) + process.env.VERSION, { headers: { 'content-type': 'text/html' } })
export const distillRoutes = [
  { route: '/:a/:b', distillParams: () => [['a', '1'], ['a', '2'], ['b', '1'], ['b', 'only-' + process.env.VERSION]] },
]`

describe('the site of a build', () => {
  let app: App
  let first: string
  beforeAll(async () => {
    app = await createApp({ 'vite.config.ts': viteConfig(options), 'src/entry-server.ts': entry })
    // The folder need not exist.
    await mkdir(join(app.dir, 'out'))
    app.env.VERSION = '1'
    await app.build()
    first = await mkdtemp(join(tmpdir(), 'vite-distill-first-'))
    await cp(join(app.dir, 'out/deep'), first, { recursive: true })
  })

  /** Puts the first version back; all that comes next renders the second one. */
  async function restore(): Promise<void> {
    await rm(join(app.dir, 'out/deep'), { recursive: true, force: true })
    await cp(first, join(app.dir, 'out/deep'), { recursive: true, preserveTimestamps: true })
    app.env = { VERSION: '2' }
  }

  async function pages(): Promise<Record<string, string>> {
    const files = (await app.files('out/deep/er')).filter((file) => file.endsWith('.html'))
    const texts = await Promise.all(files.map((file) => app.read(`out/deep/er/${file}`)))
    return Object.fromEntries(files.map((file, i) => [file.replace('/index.html', ''), texts[i]!.slice(-1)]))
  }
  const old = { 'a/1': '1', 'a/2': '1', 'b/1': '1', 'b/only-1': '1' }
  const new_ = { 'a/1': '2', 'a/2': '2', 'b/1': '2', 'b/only-2': '2' }

  /** Renders the second version with a fault of the file system, or a signal during a call. */
  async function renderWith(fault: string) {
    const preload = `--import ${join(import.meta.dirname, 'fault.mjs')}`
    return execa(process.execPath, [join(repository, 'dist/cli/index.js'), 'render'], {
      cwd: app.dir,
      reject: false,
      extendEnv: false,
      env: { ...cleanEnv(), VERSION: '2', NODE_OPTIONS: preload, FAULT: fault },
    })
  }
  const duringCommit = 'renameSync /deep/er/a/2/index.html'

  it.each<[command: string, run: () => Promise<unknown>]>([
    ['publish', () => app.distill('publish', '--yes')],
    ['render', () => app.distill('render', '--only', 'no/such/page')],
    ['preview', () => startVite(app, 'preview')],
  ])('that was killed in the commit is finished by `%s`', async (_, run) => {
    await restore()
    expect(await renderWith(`${duringCommit} SIGKILL`)).toMatchObject({ signal: 'SIGKILL' })
    expect(await pages()).not.toEqual(new_)
    await run()
    expect(await pages()).toEqual(new_)
    expect(await readdir(join(app.dir, 'out/deep'))).toEqual(await readdir(first))
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('is whole when a %s comes during the commit, and the exit code is %i', async (signal, exitCode) => {
    await restore()
    expect(await renderWith(`${duringCommit} ${signal}`)).toMatchObject({ exitCode })
    expect(await pages()).toEqual(new_)
    expect(await readdir(join(app.dir, 'out/deep'))).toEqual(await readdir(first))
  })

  it.each([
    [duringCommit, 'ENOSPC', 'the new site is not wholly in place', '/deep/er/a/2/index.html'],
    ['openSync manifest.jsonl', 'ENOSPC', '', '.staging/manifest.jsonl'],
  ])(
    'names the file when `%s` fails with %s, and the next command goes on',
    async (call, code, what, path) => {
      await restore()
      const { exitCode, stderr } = await renderWith(`${call} ${code}`)
      expect(exitCode).toBe(1)
      expect(stderr).toContain(what)
      expect(stderr).toMatch(new RegExp(`cannot write \`[^\`]*${path.replaceAll('.', '\\.')}\`: .*${code}`))
      expect(stderr).not.toContain('fault of vite-distill')
      if (what === '') expect(await pages()).toEqual(old)
      expect(await app.distill('render')).toMatchObject({ exitCode: 0 })
      expect(await pages()).toEqual(new_)
    },
  )

  it('names a page that is larger than the disk, or the limit, allows', async () => {
    await restore()
    const { exitCode, stderr } = await execa(
      'bash',
      ['-c', `ulimit -f 256; "$0" dist/cli/index.js render --root "$1"`, process.execPath, app.dir],
      {
        cwd: repository,
        reject: false,
        extendEnv: false,
        env: { ...cleanEnv(), VERSION: '2', SIZE: '1000000' },
      },
    )
    expect(stderr).toMatch(/cannot write `[^`]*\/deep\/er\/a\/1\/index\.html`: .*\(EFBIG\)/)
    expect(stderr).not.toContain('fault of vite-distill')
    expect(exitCode).toBe(1)
    expect(await pages()).toEqual(old)
  })

  it.each(['b', 'b/only-1'])('stays as it was if `%s` may not be written', async (folder) => {
    await restore()
    await chmod(join(app.dir, 'out/deep/er', folder), 0o555)
    const asRoot = process.getuid!() === 0
    // Root may write everywhere.
    if (asRoot) {
      await chmod(app.dir, 0o755)
      await chown(join(app.dir, 'node_modules'), 65_534, 65_534)
      await chown(join(app.dir, 'node_modules/.vite-temp'), 65_534, 65_534)
      for (const path of ['', ...(await readdir(join(app.dir, 'out/deep'), { recursive: true }))])
        await chown(join(app.dir, 'out/deep', path), 65_534, 65_534)
    }
    const { exitCode, stderr } = await execa(
      process.execPath,
      [join(repository, 'dist/cli/index.js'), 'render'],
      {
        cwd: app.dir,
        reject: false,
        extendEnv: false,
        env: { ...cleanEnv(), VERSION: '2' },
        uid: asRoot ? 65_534 : undefined,
      },
    )
    onTestFinished(() => chmod(join(app.dir, 'out/deep/er', folder), 0o755))
    expect(stderr).toContain(`/deep/er/${folder}\`: permission denied (EACCES)`)
    expect(exitCode).toBe(1)
    expect(await pages()).toEqual(old)
    expect(await readdir(join(app.dir, 'out/deep'))).toEqual(await readdir(first))
  })

  it.each<[damage: string, edit: (manifest: string) => string]>([
    ['is empty', () => ''],
    ['was cut short', (manifest) => manifest.slice(0, 700)],
    [
      'leads out of the site',
      (manifest) => manifest.replaceAll('b/only-1/index.html', '../../../outside.txt'),
    ],
    ['is of a later version', (manifest) => manifest.replace('"version":1', '"version":2')],
  ])('is built again when its manifest %s', async (_, edit) => {
    await restore()
    const path = join(app.dir, 'out/deep/er.manifest.jsonl')
    await writeFile(path, edit(await readFile(path, 'utf8')))
    await app.write({ 'out/outside.txt': 'mine', 'outside.txt': 'mine' })
    expect(await app.distill('publish', '--dry-run')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/cannot read the manifest.*\n.*Run `vite build` again/),
    })
    expect(await app.distill('render', '--only', '/a/*')).toMatchObject({ exitCode: 2 })
    const { exitCode, stderr } = await app.distill('render')
    expect(stderr).toContain('This build writes a new one')
    expect(exitCode).toBe(0)
    // What no line of the manifest names is neither removed nor lost.
    const { 'b/only-1': kept, ...rest } = await pages()
    expect(rest).toEqual(new_)
    const aside = (await readdir(join(app.dir, 'out/deep'))).filter((name) => name.includes('replaced'))
    for (const folder of aside) expect(stderr).toContain(`\`out/deep/${folder}\``)
    if (kept === undefined) expect(aside).toEqual([])
    else expect(kept).toBe('1')
    expect(existsSync(join(app.dir, 'outside.txt')) && existsSync(join(app.dir, 'out/outside.txt'))).toBe(
      true,
    )
    expect(await app.distill('publish', '--dry-run')).toMatchObject({ exitCode: 0 })
  })

  it('is built by one of two builds at once, and then by the other', async () => {
    await restore()
    await app.write({
      'both.mjs': `import { build } from 'vite'
        const config = { logLevel: 'warn', build: { ssr: 'src/entry-server.ts', outDir: 'dist/server' } }
        await Promise.all([build(config), build(config)])`,
    })
    const { exitCode, all } = await execa(process.execPath, ['both.mjs'], {
      cwd: app.dir,
      reject: false,
      all: true,
      extendEnv: false,
      env: { ...cleanEnv(), VERSION: '2' },
    })
    expect(all).not.toMatch(/ENOENT|BUILD_BUSY/)
    expect(exitCode).toBe(0)
    expect(await pages()).toEqual(new_)
  })
})
