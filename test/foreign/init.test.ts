import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { website } from '../../src/vite/website.ts'
import { hasBrowser } from '../browser.ts'
import { serving } from '../publish/serve.ts'
import { repository } from '../app.ts'
import { type ForeignApp, foreignApp } from './foreign-app.ts'
import { hydrates } from './hydrates.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'init-'))
  const { stdout } = await execa('npm', ['pack', '--silent', 'create-vite-extra@5'], { cwd: dir })
  await execa('tar', ['-xzf', stdout.trim()], { cwd: dir })
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** An app as its own tool makes it. Resolves to its folder. */
async function make(template: string): Promise<string> {
  if (template.startsWith('ssr-')) return join(dir, 'package', `template-${template}`)
  const args = ['create', '--yes', '--prefer-offline', 'vite@9', template]
  await execa('npm', [...args, '--', '--template', template, '--no-interactive'], { cwd: dir })
  return join(dir, template)
}

/** Runs `vite-distill init` before anything is installed, as `npx` does. */
const init = ({ root }: ForeignApp | { root: string }, ...args: string[]) =>
  execa(process.execPath, [join(repository, 'dist/cli/index.js'), 'init', ...args], {
    cwd: root,
    reject: false,
  })

describe.each(['vue-ts', 'react-ts', 'svelte', 'solid-ts', 'ssr-react-ts'])(
  'npm create vite, %s',
  (template) => {
    it('gets vite-distill, builds, distils and hydrates', async () => {
      const root = await make(template)
      const { exitCode, stdout, stderr } = await init({ root }, '--yes')
      expect([exitCode, stdout + stderr]).toEqual([0, expect.stringContaining("distill from 'vite-distill'")])
      const app = await foreignApp(root)
      // The scripts of the templates check the types first.
      const built = await app.run('npm', ['run', 'build'])
      expect([built.exitCode, built.stdout + built.stderr]).toEqual([
        0,
        expect.stringContaining('distilled 1 page'),
      ])
      const again = await init(app)
      expect([again.exitCode, again.stdout]).toEqual([0, expect.stringContaining('nothing to change')])
      expect(await app.read('dist/static/index.html')).toContain('<h1>Get started</h1>')
      if (hasBrowser) await hydrates(await serving(website(join(app.root, 'dist/static'))))
    })
  },
)

it.each(['vanilla-ts', 'ssr-vue-streaming'])('%s is refused, and stays as it is', async (template) => {
  const root = await make(template)
  await execa('git', ['init', '--quiet'], { cwd: root })
  await execa('git', ['add', '--all'], { cwd: root })
  const { exitCode, stderr } = await init({ root }, '--yes')
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('✗ nothing was changed: ')])
  const { stdout } = await execa('git', ['status', '--porcelain=v1'], { cwd: root })
  expect(stdout.split('\n').filter((line) => !line.startsWith('A  '))).toEqual([])
})
