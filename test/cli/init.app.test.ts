import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { type App, cleanEnv, createApp, repository } from '../app.ts'

const config = `// The plugins: none.
import { defineConfig } from "vite";

export default defineConfig({
	plugins: [],
});
`
const entry = `export default (request: Request) =>
  new Response('<h1>' + new URL(request.url).pathname + '</h1>', { headers: { 'content-type': 'text/html' } })
`

/** An app that knows nothing of vite-distill. */
const plainApp = () =>
  createApp({
    'package.json': '{\n  "name": "plain",\n  "type": "module"\n}\n',
    'vite.config.ts': config,
    'src/entry-server.ts': entry,
    '.gitignore': 'node_modules\n',
  })

const read = (app: App) =>
  Promise.all(
    ['package.json', 'vite.config.ts', 'src/entry-server.ts', '.gitignore'].map((path) => app.read(path)),
  )

it('--yes shows the changes and makes them; then the app builds, and there is nothing to change', async () => {
  const app = await plainApp()
  const { exitCode, stdout, stderr } = await app.distill('init', '--yes')
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('+++ b/vite.config.ts')])
  expect(stderr).toContain('-\tplugins: [],\n+\tplugins: [distill()],\n')
  expect(stdout).toContain('npx vite build')
  expect(await app.read('vite.config.ts')).toBe(
    config
      .replace('"vite";\n', '"vite";\nimport distill from "vite-distill";\n')
      .replace('[]', '[distill()]'),
  )
  expect(await app.read('.gitignore')).toBe('node_modules\ndist\n')

  expect(await app.build()).toContain('distilled 1 page')
  expect(await app.read('dist/static/index.html')).toBe('<h1>/</h1>')
  const after = await read(app)
  const again = await app.distill('init')
  expect([again.exitCode, again.stdout]).toEqual([0, 'nothing to change: vite-distill is in this app'])
  expect(await read(app)).toEqual(after)
})

it('without a terminal and without --yes, it shows the changes and makes none', async () => {
  const app = await plainApp()
  const before = await read(app)
  const { exitCode, stdout, stderr } = await app.distill('init')
  expect([exitCode, stdout]).toEqual([3, ''])
  expect(stderr).toContain('+++ b/vite.config.ts')
  expect(stderr).toContain('✗ nothing was changed: there is nobody to ask')
  expect(await read(app)).toEqual(before)
})

it('--json prints one document, of success and of failure', async () => {
  const app = await plainApp()
  const refused = await app.distill('init', '--json', '--quiet')
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'CHANGES_UNCONFIRMED' } })
  expect(refused.stderr).not.toContain('+++')
  const { stdout } = await app.distill('init', '--json', '--yes')
  const { changes } = JSON.parse(stdout) as { changes: { file: string; diff: string }[] }
  expect(changes.map(({ file }) => file)).toEqual([
    'vite.config.ts',
    'src/entry-server.ts',
    'package.json',
    '.gitignore',
  ])
  expect(changes[0]!.diff).toContain('@@')
})

it('--root and --config name the app and its config', async () => {
  const app = await createApp({
    'site/package.json': '{}',
    'site/vite.site.config.ts': config,
    'site/server.ts': entry,
  })
  const args = ['--root', 'site', '--config', 'site/vite.site.config.ts', '--yes']
  expect(await app.distill('init', ...args)).toMatchObject({ exitCode: 0 })
  expect(await app.read('site/vite.site.config.ts')).toContain('distill()')
})

describe('what is refused changes nothing', () => {
  it('a config that is not understood, with what to do by hand', async () => {
    const app = await plainApp()
    await app.write({ 'vite.config.ts': 'export default something({ plugins: [] })\n' })
    const before = await read(app)
    const { exitCode, stderr } = await app.distill('init', '--yes')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('✗ nothing was changed: in `vite.config.ts`')
    expect(stderr).toContain('`distill()` at the end of `plugins`')
    expect(await read(app)).toEqual(before)
  })

  it.each([['--force'], ['here'], ['--yes', '--yes']])('init %s', async (...args) => {
    const app = await plainApp()
    expect(await app.distill('init', ...args)).toMatchObject({ exitCode: 2 })
    expect(await app.read('vite.config.ts')).toBe(config)
  })
})

it.skipIf(!existsSync('/usr/bin/script'))('at a terminal, it asks', async () => {
  const app = await plainApp()
  const bin = join(repository, 'dist/cli/index.js')
  const answer = async (keys: string) => {
    const { NO_COLOR: _, ...env } = cleanEnv()
    const running = execa('script', ['-qec', `stty cols 80; node ${bin} init`, '/dev/null'], {
      cwd: app.dir,
      reject: false,
      extendEnv: false,
      env: { ...env, TERM: 'xterm' },
    })
    let shown = ''
    running.stdout.on('data', (chunk: Buffer) => {
      const asked = shown.includes('Change these 4 files?')
      shown += chunk.toString()
      if (!asked && shown.includes('Change these 4 files?')) running.stdin.write(keys)
    })
    return { exitCode: (await running).exitCode, shown }
  }
  const no = await answer('n')
  expect([no.exitCode, no.shown]).toEqual([3, expect.stringContaining('nothing was changed')])
  expect(await app.read('vite.config.ts')).toBe(config)
  expect(await answer('y')).toMatchObject({ exitCode: 0 })
  expect(await app.read('vite.config.ts')).toContain('distill()')
})
