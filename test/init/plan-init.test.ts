import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { applyEdits } from '../../src/init/edit.ts'
import { planInit } from '../../src/init/plan-init.ts'
import { failureOf } from './edited.ts'

/** Writes an app of these files. */
function app(files: Record<string, string | Buffer>): string {
  const root = mkdtempSync(join(tmpdir(), 'plan-init-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return root
}

/** The files that would change, as they would be. */
const planned = (files: Record<string, string | Buffer>, config?: string) =>
  Object.fromEntries(
    planInit({ root: app(files), config, range: '^1.0.0' }).map(({ path, before, edits }) => [
      path,
      applyEdits(before ?? '', edits),
    ]),
  )

const packageJson = (devDependencies: Record<string, string> = { vite: '^8.0.0' }, more = {}) =>
  JSON.stringify({ name: 'app', devDependencies, ...more }, null, 2)

const config = "import { defineConfig } from 'vite'\nexport default defineConfig({ plugins: [] })\n"
const entry = 'export default { fetch: () => new Response() }\n'

it('a server entry that the plugin finds is no option', () => {
  const changes = planned({
    'package.json': packageJson(),
    'vite.config.ts': config,
    'src/entry-server.ts': entry,
    '.gitignore': 'node_modules\n',
  })
  expect(Object.keys(changes)).toEqual([
    'vite.config.ts',
    'src/entry-server.ts',
    'package.json',
    '.gitignore',
  ])
  expect(changes['vite.config.ts']).toContain('plugins: [distill()]')
  expect(changes['package.json']).toContain('"vite-distill": "^1.0.0"')
  expect(changes['.gitignore']).toBe('node_modules\ndist\n')
})

it('a server entry that a script names is an option', () => {
  const changes = planned({
    'package.json': packageJson(undefined, {
      scripts: { build: 'vite build && vite build --ssr app/ssr.ts' },
    }),
    'vite.config.mts': config,
    'app/ssr.ts': entry,
  })
  expect(changes['vite.config.mts']).toContain("plugins: [distill({ entry: 'app/ssr.ts' })]")
  expect(changes['app/ssr.ts']).toContain('export const distillRoutes: DistillRoute[]')
})

it('a config is written where there is none', () => {
  const files = { 'package.json': packageJson(), 'server.js': entry }
  const text = (ts: string) =>
    `import { defineConfig } from 'vite'\nimport distill from 'vite-distill'\n\nexport default defineConfig({ plugins: [distill()] })\n${ts}`
  expect(planned(files)['vite.config.js']).toBe(text(''))
  expect(planned({ ...files, 'tsconfig.json': '{}' })['vite.config.ts']).toBe(text(''))
})

it('an app of the browser gets a server entry, and Solid is told of it', () => {
  const changes = planned({
    'package.json': packageJson({ vite: '^8.0.0', 'vite-plugin-solid': '^2.0.0' }),
    'vite.config.js':
      "import solid from 'vite-plugin-solid'\nexport default { plugins: [solid()], build: { outDir: 'out' } }\n",
    'index.html': '<div id="root"></div><script type="module" src="/src/index.jsx"></script>',
    'src/index.jsx':
      "import { render } from 'solid-js/web'\nimport App from './App'\nrender(() => <App />, document.getElementById('root'))\n",
    '.gitignore': 'dist\n',
  })
  expect(Object.keys(changes)).toEqual([
    'vite.config.js',
    'src/index.jsx',
    'src/entry-server.jsx',
    'package.json',
    '.gitignore',
  ])
  expect(changes['vite.config.js']).toContain('[solid({ ssr: true }), distill()]')
  expect(changes['.gitignore']).toBe('dist\nout\n')
})

it('an app that has vite-distill stays as it is, whatever else it is', () => {
  expect(
    planned({
      'package.json': packageJson({ 'vite-distill': '^1.0.0', '@tanstack/react-start': '^1.0.0' }),
      'vite.config.ts':
        "import distill from 'vite-distill'\nexport default withAll({ plugins: [distill()] })\n",
      '.gitignore': '/dist\n',
    }),
  ).toEqual({})
})

describe('what is refused', () => {
  it.each<[string, Record<string, string | Buffer>, message: string, hint: string]>([
    ['an empty folder', {}, 'no `package.json`', 'npm create vite-distill@latest'],
    ['a broken package.json', { 'package.json': '{' }, '`package.json` is no JSON object', 'Correct it'],
    [
      'Vite 7',
      { 'package.json': packageJson({ vite: '^7.1.0' }), 'src/server.ts': entry },
      'has Vite `^7.1.0`',
      'Vite 8',
    ],
    [
      'SvelteKit',
      { 'package.json': packageJson({ '@sveltejs/kit': '^2.0.0' }), 'vite.config.js': config },
      '`@sveltejs/kit` brings a server',
      'docs/guides/README.md',
    ],
    [
      'React Router',
      { 'package.json': packageJson({ '@react-router/dev': '^8.0.0' }), 'vite.config.js': config },
      '`@react-router/dev` brings a server',
      'docs/frameworks.md#react-router',
    ],
    [
      'no entry and no framework',
      { 'package.json': packageJson(), 'vite.config.js': config },
      'no server entry',
      'frameworks.md',
    ],
    [
      'two frameworks',
      {
        'package.json': packageJson({ '@vitejs/plugin-vue': '6', '@vitejs/plugin-react': '6' }),
        'index.html': '',
        'vite.config.js': config,
      },
      'no server entry',
      'frameworks.md',
    ],
    [
      'a config that is not in UTF-8',
      { 'package.json': packageJson(), 'vite.config.js': Buffer.from('// \xe9\n', 'latin1') },
      'not in UTF-8',
      'Save it in UTF-8',
    ],
    [
      'a CommonJS config',
      { 'package.json': packageJson(), 'vite.config.cjs': 'module.exports = {}', 'server.js': entry },
      'CommonJS',
      'Add it by hand',
    ],
  ])('%s', (_, files, message, hint) => {
    const failure = failureOf(() => planned(files))
    expect(failure).toMatchObject({
      code: 'INIT_REFUSED',
      message: expect.stringContaining(`nothing was changed: `),
      hint: expect.stringContaining(hint),
    })
    expect(failure.message).toContain(message)
  })

  it('a config that is not there', () => {
    expect(failureOf(() => planned({ 'package.json': packageJson() }, 'other.config.ts')).message).toContain(
      'there is no `other.config.ts`',
    )
  })
})
