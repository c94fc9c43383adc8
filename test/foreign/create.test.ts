import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { templates } from '../../packages/create/src/templates.ts'
import { website } from '../../src/vite/website.ts'
import { hasBrowser } from '../browser.ts'
import { serving } from '../publish/serve.ts'
import { start } from '../start.ts'
import { type ForeignApp, foreignApp } from './foreign-app.ts'
import { hydrates } from './hydrates.ts'

const names = Object.keys(templates)
const pages = ['index.html', 'posts/add-a-page/index.html', 'posts/publish-the-site/index.html']

let dir: string
const created = new Map<string, Promise<ForeignApp>>()

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'create-vite-distill-'))
  // Each app is made and installed while the one before it is tested.
  for (const [index, template] of names.entries()) {
    const before = created.get(names[index - 1] ?? '')
    const app = Promise.resolve(before).then(() => create(template))
    app.catch(() => {})
    created.set(template, app)
  }
})
afterAll(async () => {
  await Promise.allSettled(created.values())
  await rm(dir, { recursive: true, force: true })
})

/** Makes an app as `npm create vite-distill` does, with the packed packages. */
async function create(template: string): Promise<ForeignApp> {
  const npx = ['--yes', '--prefer-offline', `--package=${inject('createTarball')}`]
  const args = ['create-vite-distill', template, '--template', template]
  await execa('npx', [...npx, ...args], { cwd: dir, stdin: 'ignore' })
  return foreignApp(join(dir, template))
}

async function builds(app: ForeignApp): Promise<void> {
  for (const script of ['typecheck', 'build']) {
    const { exitCode, stdout, stderr } = await app.run('npm', ['run', '--silent', script])
    expect([script, exitCode, stdout + stderr]).toEqual([script, 0, expect.any(String)])
    if (script === 'build') expect(stdout).toContain('distilled 5 pages')
  }
  for (const page of [...pages, '404.html']) {
    const html = await app.read(`dist/static/${page}`)
    expect(html).toMatch(/^<!doctype html>/)
    expect(html).toMatch(/<title>[^<]*My site<\/title>/)
    expect(html).not.toContain('<!--app-')
  }
  expect(await app.read('dist/static.manifest.jsonl')).toMatch(/"key":"404.html".*"status":404/)
}

/** Publishes to the folder of the target `default`. Resolves to its address, where each file was verified. */
async function published(app: ForeignApp): Promise<string> {
  const origin = await serving(website(join(app.root, 'www')))
  const config = await app.read('vite.config.ts')
  await app.write('vite.config.ts', config.replace("path: 'www'", `path: 'www', publicUrl: '${origin}'`))
  const first = await app.run('npm', ['run', '--silent', 'publish'])
  expect([first.exitCode, first.stdout + first.stderr]).toEqual([0, expect.stringContaining('verified')])
  for (const page of pages) expect(await app.read(`www/${page}`)).toBe(await app.read(`dist/static/${page}`))
  const again = await app.run('npm', ['run', '--silent', 'publish'])
  expect([again.exitCode, again.stdout]).toEqual([0, expect.stringContaining('Nothing changed')])
  return origin
}

async function isServedInDev({ root }: ForeignApp): Promise<void> {
  const vite = 'node_modules/vite/bin/vite.js'
  const origin = await start({ dir: root, env: {} }, vite, '--port', '0', '--host', '127.0.0.1')
  const answer = async (path: string) => {
    const response = await fetch(origin + path)
    return [response.status, /<h1[^>]*>([^<]*)/.exec(await response.text())![1]]
  }
  expect(await answer('/')).toEqual([200, 'Rendered once, served as a file'])
  expect(await answer('/posts/add-a-page/')).toEqual([200, 'Add a page'])
  expect(await answer('/posts/missing/')).toEqual([404, 'Not found'])
}

describe.each(names)('npm create vite-distill, %s', (template) => {
  it('has types, builds, distils, is published and verified, hydrates, and is served in dev', async () => {
    const app = await created.get(template)!
    await builds(app)
    const origin = await published(app)
    if (hasBrowser) await hydrates(origin)
    await isServedInDev(app)
  })
})
