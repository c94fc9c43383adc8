import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, inject, it, onTestFinished } from 'vitest'
import { website } from '../../src/vite/website.ts'
import { repository } from '../app.ts'
import { hasBrowser, openBrowser } from '../browser.ts'
import { serving } from '../publish/serve.ts'
import { type ForeignApp, foreignApp } from './foreign-app.ts'
import { expectSameInShards } from './in-shards.ts'

/** What a page of docs/guides/ tells to do. */
interface Guide {
  /** What it tells npm to install, without vite-distill. */
  packages: string[]
  /** The files that it shows whole, by their path. */
  files: Map<string, string>
  /** The commands after that. */
  commands: string[]
}

async function readGuide(name: string): Promise<Guide> {
  const text = await readFile(join(repository, 'docs/guides', `${name}.md`), 'utf8')
  const guide: Guide = { packages: [], files: new Map(), commands: [] }
  for (const [, language, code] of text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)) {
    const [, path, content] = /^(?:\/\/|\/\*|<!--|#) (\S+)(?: \*\/| -->)?\n([^]*)$/.exec(code!) ?? []
    if (path) guide.files.set(path, content!)
    else if (language === 'sh') {
      for (const line of code!.trim().split('\n')) {
        const [, names] = /^npm install (?:--save-dev )?(.*)$/.exec(line) ?? []
        if (names) guide.packages.push(...names.split(' ').filter((name) => name !== 'vite-distill'))
        else guide.commands.push(line)
      }
    }
  }
  return guide
}

/** Follows a guide in a new folder, or in a copy of `start`. Resolves to the app with its site. */
async function follow(
  name: string,
  { start, node24 }: { start?: string; node24?: boolean } = {},
): Promise<ForeignApp & { site: string[] }> {
  const { packages, files, commands } = await readGuide(name)
  const app = await foreignApp(start, node24 ? { packages, node24 } : { packages })
  if (start === undefined) {
    const { dependencies } = JSON.parse(await app.read('package.json')) as { dependencies: object }
    await app.write('package.json', JSON.stringify({ name: 'guide', type: 'module', dependencies }))
  }
  for (const [path, content] of files) await app.write(path, content)
  for (const command of commands) {
    const { exitCode, stdout, stderr } = await app.run('sh', ['-c', command])
    expect([command, exitCode, stdout + stderr]).toEqual([command, 0, expect.any(String)])
  }
  const found = await readdir(join(app.root, 'dist/static'), { recursive: true })
  return { ...app, site: found.map((file) => `dist/static/${file}`) }
}

/** Checks that the button of the home page counts clicks, with nothing in the console. */
async function clicksCount({ root }: ForeignApp): Promise<void> {
  if (!hasBrowser) return
  const { page, errors } = await openBrowser()
  await page.goto(await serving(website(join(root, 'dist/static'))))
  const counter = page.locator('button')
  await expect
    .poll(async () => {
      await counter.click()
      return counter.textContent()
    })
    .toMatch(/[1-9]/)
  expect(errors).toEqual([])
}

it('tailwind: classes of the server are in the styles', async () => {
  const app = await follow('tailwind')
  const [css] = app.site.filter((file) => file.endsWith('.css'))
  expect(await app.read(css!)).toContain('.text-3xl')
  expect(await app.read('dist/static/index.html')).toContain('<link rel="stylesheet"')
})

it('markdown: each file is a page', async () => {
  const app = await follow('markdown')
  expect(await app.read('dist/static/posts/first/index.html')).toContain('<p>It has <em>emphasis</em>.</p>')
})

it('elysia: the routes of the list are pages', async () => {
  const app = await follow('elysia')
  expect(await app.read('dist/static/posts/second/index.html')).toContain('<h1>Post second</h1>')
})

it('solidstart: its entry for the server is the entry', async () => {
  const app = await follow('solidstart', { node24: true })
  await clicksCount(app)
  await expectSameInShards(app)
})

it('spa: the template of create-vite has its content in the file, and hydrates', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'create-vite-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const template = ['--', '--template', 'react-ts', '--no-interactive']
  await execa('npm', ['create', '--yes', 'vite@9', 'app', ...template], { cwd: dir })
  const app = await follow('spa', { start: join(dir, 'app') })
  expect(await app.read('dist/static/index.html')).toContain('<h1>Get started</h1>')
  await clicksCount(app)
})

it('pnpm: the site of a workspace builds with a package of TypeScript, and is published from its folder', async () => {
  const app = await foreignApp(undefined)
  const files = {
    'pnpm-workspace.yaml': 'packages:\n  - apps/*\n  - packages/*\n',
    'package.json': '{ "name": "mono", "private": true }',
    'packages/ui/package.json': '{ "name": "@mono/ui", "type": "module", "exports": "./index.ts" }',
    'packages/ui/index.ts': 'export const heading = (text: string): string => `<h1>${text}</h1>`\n',
    'apps/site/package.json': JSON.stringify({
      name: 'site',
      type: 'module',
      scripts: { build: 'vite build' },
      dependencies: { '@mono/ui': 'workspace:*', h3: '^2.0.8' },
      devDependencies: { vite: '^8.3.8', 'vite-distill': `file:${inject('tarball')}` },
    }),
    'apps/site/vite.config.ts': `import { defineConfig } from 'vite'
import distill from 'vite-distill'
export default defineConfig({ plugins: [distill({ publish: { default: { backend: 'directory', path: 'www' } } })] })
`,
    'apps/site/index.html': '<!doctype html><html><body></body></html>',
    'apps/site/src/entry-server.ts': `import { heading } from '@mono/ui'
import { H3, html, raw } from 'h3'
import template from 'virtual:distill/template'
const home = () => html(raw(template.replace('<body>', () => '<body>' + heading('Hello'))))
export default new H3().get('/', home, { meta: { distill: true } })
`,
  }
  for (const [path, content] of Object.entries(files)) await app.write(`mono/${path}`, content)
  for (const args of ['install', '--filter site build', '--filter site exec vite-distill publish --yes']) {
    const { exitCode, stdout, stderr } = await app.run('npx', ['-y', 'pnpm@10', ...args.split(' ')], {
      cwd: join(app.root, 'mono'),
    })
    expect([args, exitCode, stdout + stderr]).toEqual([args, 0, expect.any(String)])
  }
  expect(await app.read('mono/apps/site/www/index.html')).toContain('<h1>Hello</h1>')
})
