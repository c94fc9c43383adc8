import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { transformWithOxc } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { website } from '../../src/vite/website.ts'
import { hasBrowser } from '../browser.ts'
import { serving } from '../publish/serve.ts'
import { type ForeignApp, foreignApp } from './foreign-app.ts'
import { hydrates } from './hydrates.ts'
import { expectSameInShards } from './in-shards.ts'

/** What docs/frameworks.md tells the user of an app with `render(url)` to do. */
interface Recipe {
  /** What goes to the top of the entry. */
  entry: string
  /** By the name of a template: what takes the place of the line that calls `render`. */
  instead: Record<string, string>
}

async function readRecipe(): Promise<Recipe> {
  const docs = await readFile(fileURLToPath(new URL('../../docs/frameworks.md', import.meta.url)), 'utf8')
  const blockUnder = (heading: string) =>
    new RegExp(`^${heading.replace(/[()]/g, '\\$&')}\n[^]*?\`\`\`ts\n(?:// .*\n)?([^]*?)\`\`\``, 'm').exec(
      docs,
    )![1]!
  return {
    entry: blockUnder('## `render(url)`'),
    instead: {
      solid: blockUnder('### `render(url)`: Solid'),
      'vue-streaming': blockUnder('### `render(url)`: Vue, streaming'),
      'react-streaming': blockUnder('### `render(url)`: React, streaming'),
    },
  }
}

/** The lines for the top of a template's entry: imports at the top, the others where `render` is called. */
function linesFor(template: string, { entry, instead }: Recipe): string {
  const lines = instead[template]?.split('\n')
  if (!lines) return entry
  const isImport = (line: string) => line.startsWith('import ')
  const call = lines.filter((line) => !isImport(line)).join('\n')
  return [...lines.filter(isImport), entry.replace(/^.* await render\(.*$/m, () => call)].join('\n')
}

/** Follows docs/frameworks.md in a template. */
async function followDocs(app: ForeignApp, template: string): Promise<void> {
  const files = [
    ...(await readdir(app.root)),
    ...(await readdir(join(app.root, 'src'))).map((file) => `src/${file}`),
  ]
  const isTypeScript = template.endsWith('-ts')
  const lines = linesFor(template.replace(/-ts$/, ''), await readRecipe())
  const entry = files.find((file) => file.startsWith('src/entry-server.'))!
  // "In JavaScript, leave out the types."
  const { code } = isTypeScript
    ? { code: lines }
    : await transformWithOxc(lines, 'entry.ts', { sourcemap: false })
  await app.write(entry, `${code}\n${await app.read(entry)}`)

  const config = files.find((file) => file.startsWith('vite.config.'))!
  const given = await app.read(config)
  const added = given.includes('plugins: [')
    ? given.replace(/,?\s*\],(\s*build: \{)/, ', distill()],$1')
    : given.replace('build: {', 'plugins: [distill()],\n  build: {')
  await app.write(config, `import distill from 'vite-distill'\n${added}`)

  if (!isTypeScript) return
  const tsconfig = files.includes('tsconfig.app.json') ? 'tsconfig.app.json' : 'tsconfig.json'
  const types = template.startsWith('react-streaming')
    ? '"vite-distill/client", "node"'
    : '"vite-distill/client"'
  await app.write(tsconfig, (await app.read(tsconfig)).replace('"vite/client"', `"vite/client", ${types}`))
}

/** Every template for SSR of create-vite-extra that has an `index.html`. Each is there in TypeScript and JavaScript. */
const names = ['vanilla', 'vue', 'vue-streaming', 'react', 'react-streaming', 'preact', 'svelte', 'solid']
/** Those in JavaScript differ by their types alone, which `vue` leaves out for all of them. */
const templates = [...names.map((name) => `${name}-ts`), 'vue']

let packed: string
beforeAll(async () => {
  packed = await mkdtemp(join(tmpdir(), 'create-vite-extra-'))
  const { stdout } = await execa('npm', ['pack', '--silent', 'create-vite-extra@5'], { cwd: packed })
  await execa('tar', ['-xzf', stdout.trim(), '--strip-components=1'], { cwd: packed })
})
afterAll(() => rm(packed, { recursive: true, force: true }))

it('create-vite-extra has no other templates for SSR pages', async () => {
  const folders = (await readdir(packed)).filter((folder) => folder.startsWith('template-ssr-'))
  const known = names.flatMap((name) => [name, `${name}-ts`])
  // `ssr-transform` is a library without a page.
  expect(folders.sort()).toEqual([...known, 'transform'].map((name) => `template-ssr-${name}`).sort())
})

describe.each(templates)('create-vite-extra, ssr-%s', (template) => {
  it('builds, distils and hydrates as docs/frameworks.md says', async () => {
    // `ssr-solid-ts` runs `tsc` and does not list it.
    const packages = template === 'solid-ts' ? ['typescript@6'] : []
    const app = await foreignApp(join(packed, `template-ssr-${template}`), { packages })
    await followDocs(app, template)
    const { exitCode, stdout, stderr } = await app.run('npm', ['run', 'build'])
    expect([exitCode, stdout + stderr]).toEqual([0, expect.stringContaining('distilled 1 page')])
    const site = join(app.root, 'dist/static')
    const html = await readFile(join(site, 'index.html'), 'utf8')
    expect(html).toContain('<h1>Get started</h1>')
    expect(html).not.toContain('<!--app-')
    // The build is two commands, and `plan` makes both bundles.
    if (template === 'vue-ts') await expectSameInShards(app)

    if (hasBrowser) await hydrates(await serving(website(site)))
  })
})
