import { describe, expect, it } from 'vitest'
import { addPlugin, outDirOf, type Wanted } from '../../src/init/vite-config.ts'
import { parseSource } from '../../src/init/source.ts'
import { edited, failureOf } from './edited.ts'

const plain: Wanted = { entry: undefined, solidSsr: false }
const withPlugin = (text: string, wanted = plain, path = 'vite.config.ts') =>
  edited(path, text, (source) => addPlugin(source, wanted))

const imports = "import { defineConfig } from 'vite'\n"
const imported = `${imports}import distill from 'vite-distill'\n`

/** What follows the imports, and what becomes of it. */
const understood: Record<string, [before: string, after: string]> = {
  'one line': [
    'export default defineConfig({ plugins: [vue()] })\n',
    'export default defineConfig({ plugins: [vue(), distill()] })\n',
  ],
  'an item on each line, with a comma at the end': [
    'export default defineConfig({\n  plugins: [\n    vue(),\n    pwa({ a: 1 }),\n  ],\n})\n',
    'export default defineConfig({\n  plugins: [\n    vue(),\n    pwa({ a: 1 }),\n    distill(),\n  ],\n})\n',
  ],
  'an item on each line, without one': [
    'export default {\n  plugins: [\n    vue(),\n    pwa()\n  ]\n}\n',
    'export default {\n  plugins: [\n    vue(),\n    pwa(),\n    distill()\n  ]\n}\n',
  ],
  'a comment after the last item': [
    'export default {\n  plugins: [\n    vue(), // first, always\n  ],\n}\n',
    'export default {\n  plugins: [\n    vue(), // first, always\n    distill(),\n  ],\n}\n',
  ],
  'a comment after an item without a comma': [
    'export default {\n  plugins: [\n    vue() /* [, */ // ]\n  ],\n}\n',
    'export default {\n  plugins: [\n    vue(), /* [, */ // ]\n    distill()\n  ],\n}\n',
  ],
  'a comment of several lines after the last item': [
    'export default {\n  plugins: [\n    vue(), /* one\n    two, */\n  ],\n}\n',
    'export default {\n  plugins: [\n    vue(), /* one\n    two, */\n    distill(),\n  ],\n}\n',
  ],
  'an item that is switched off': [
    'export default {\n  plugins: [\n    vue(),\n    // pwa(),\n  ],\n}\n',
    'export default {\n  plugins: [\n    vue(),\n    distill(),\n    // pwa(),\n  ],\n}\n',
  ],
  'a comma at the end of one line': [
    'export default { plugins: [vue(),] }\n',
    'export default { plugins: [vue(), distill(),] }\n',
  ],
  'an item of several lines': [
    'export default {\n  plugins: [vue({\n    a: 1,\n  })],\n}\n',
    'export default {\n  plugins: [vue({\n    a: 1,\n  }), distill()],\n}\n',
  ],
  'conditions, spreads and lists among the plugins': [
    'export default { plugins: [vue(), dev && inspect(), ...more, [a()]] }\n',
    'export default { plugins: [vue(), dev && inspect(), ...more, [a()], distill()] }\n',
  ],
  tabs: [
    'export default {\n\tplugins: [\n\t\tvue(),\n\t],\n}\n',
    'export default {\n\tplugins: [\n\t\tvue(),\n\t\tdistill(),\n\t],\n}\n',
  ],
  'an empty list': ['export default { plugins: [] }\n', 'export default { plugins: [distill()] }\n'],
  'no plugins': [
    "export default defineConfig({\n  // of the docs\n  base: '/docs/',\n})\n",
    "export default defineConfig({\n  plugins: [distill()],\n  // of the docs\n  base: '/docs/',\n})\n",
  ],
  'no plugins, on one line': [
    "export default { base: '/docs/' }\n",
    "export default { plugins: [distill()], base: '/docs/' }\n",
  ],
  nothing: ['export default defineConfig({})\n', 'export default defineConfig({ plugins: [distill()] })\n'],
  'a quoted key': [
    "export default { 'plugins': [vue()] }\n",
    "export default { 'plugins': [vue(), distill()] }\n",
  ],
  'a function': [
    'export default defineConfig(({ mode }) => ({ plugins: [vue()] }))\n',
    'export default defineConfig(({ mode }) => ({ plugins: [vue(), distill()] }))\n',
  ],
  'an async function with a body': [
    'export default defineConfig(async ({ mode }) => {\n  const env = await load(mode)\n  return { plugins: [vue(env)] }\n})\n',
    'export default defineConfig(async ({ mode }) => {\n  const env = await load(mode)\n  return { plugins: [vue(env), distill()] }\n})\n',
  ],
  'a named function, and one in it with a `return` of its own': [
    'export default function config() {\n  const name = (id) => { return id }\n  return { plugins: [vue({ name })] }\n}\n',
    'export default function config() {\n  const name = (id) => { return id }\n  return { plugins: [vue({ name }), distill()] }\n}\n',
  ],
  'a constant': [
    'const config = { plugins: [vue()] }\nexport default config\n',
    'const config = { plugins: [vue(), distill()] }\nexport default config\n',
  ],
  'a constant with a type, in defineConfig': [
    'const config: UserConfig = { plugins: [vue()] }\nexport default defineConfig(config)\n',
    'const config: UserConfig = { plugins: [vue(), distill()] }\nexport default defineConfig(config)\n',
  ],
  'plugins in a constant': [
    'const plugins = [vue()]\nexport default defineConfig({ plugins })\n',
    'const plugins = [vue(), distill()]\nexport default defineConfig({ plugins })\n',
  ],
  'a constant inside the function': [
    'export default () => {\n  const plugins = [vue()]\n  return { plugins }\n}\n',
    'export default () => {\n  const plugins = [vue(), distill()]\n  return { plugins }\n}\n',
  ],
  'satisfies and as': [
    'export default { plugins: [vue()] as PluginOption[] } satisfies UserConfig\n',
    'export default { plugins: [vue(), distill()] as PluginOption[] } satisfies UserConfig\n',
  ],
  'characters of more than one byte before it': [
    '// 🎉 é\nexport default { plugins: [vue("…")] }\n',
    '// 🎉 é\nexport default { plugins: [vue("…"), distill()] }\n',
  ],
}

describe('what is understood', () => {
  it.each(Object.entries(understood))('%s', (_, [before, after]) => {
    expect(withPlugin(imports + before)).toBe(imported + after)
  })

  it.each(Object.entries(understood))('%s, with the line ends of Windows and a BOM', (_, [before, after]) => {
    const windows = (text: string) => `\uFEFF${text.replaceAll('\n', '\r\n')}`
    expect(withPlugin(windows(imports + before))).toBe(windows(imported + after))
  })

  it.each(Object.entries(understood))('%s, twice: nothing to change', (_, [, after]) => {
    expect(withPlugin(imported + after)).toBe(imported + after)
  })
})

it('the entry is an option where the plugin does not find it', () => {
  expect(withPlugin('export default { plugins: [] }', { ...plain, entry: 'app/server.ts' })).toContain(
    "distill({ entry: 'app/server.ts' })",
  )
})

describe('the import', () => {
  it.each([
    ['double quotes and semicolons', 'import a from "a";\n', 'import distill from "vite-distill";\n'],
    ['no semicolon', "import a from 'a'\n", "import distill from 'vite-distill'\n"],
    ['an import of several lines', "import {\n  a,\n} from 'a';\n", "import distill from 'vite-distill';\n"],
  ])('goes after the others, in their style: %s', (_, before, line) => {
    expect(withPlugin(`${before}export default {}\n`)).toBe(
      `${before}${line}export default { plugins: [distill()] }\n`,
    )
  })

  it('goes before a comment that follows the last import on its line', () => {
    expect(withPlugin("import a from 'a' // a\n\nexport default {}\n")).toBe(
      "import a from 'a' // a\nimport distill from 'vite-distill'\n\nexport default { plugins: [distill()] }\n",
    )
  })

  it.each(['#!/usr/bin/env node\n', '// @ts-check\n', '/// <reference types="vitest" />\n'])(
    'goes below %j',
    (pragma) => {
      const type = "/** @type {import('vite').UserConfig} */\n"
      expect(withPlugin(`${pragma}${type}export default {}\n`, plain, 'vite.config.js')).toBe(
        `${pragma}import distill from 'vite-distill'\n${type}export default { plugins: [distill()] }\n`,
      )
    },
  )

  it('has another name where that is taken', () => {
    expect(withPlugin('const distill = 1\nexport default { plugins: [a(distill)] }\n')).toBe(
      "import viteDistill from 'vite-distill'\nconst distill = 1\nexport default { plugins: [a(distill), viteDistill()] }\n",
    )
  })

  it('is taken where it is there and not used', () => {
    expect(withPlugin("import d from 'vite-distill'\nexport default {}\n")).toBe(
      "import d from 'vite-distill'\nexport default { plugins: [d()] }\n",
    )
  })
})

describe('what is refused', () => {
  it.each([
    ['CommonJS', "module.exports = require('vite').defineConfig({ plugins: [] })", 'CommonJS'],
    ['no export', 'const config = { plugins: [] }', 'no `export default`'],
    ['a call of something else', 'export default withThings({ plugins: [] })', 'more than an object literal'],
    ['mergeConfig', 'export default mergeConfig(base, { plugins: [] })', 'more than an object literal'],
    ['an imported config', "import c from './c'\nexport default c", 'more than an object literal'],
    [
      'a constant that is declared later',
      'export default config\nconst config = { plugins: [] }',
      'more than an object literal',
    ],
    [
      'a constant that is itself',
      'const config = config\nexport default config',
      'more than an object literal',
    ],
    ['a class', 'export default class {}', 'more than an object literal'],
    ['a variable', 'let config = { plugins: [] }\nexport default config', 'more than an object literal'],
    [
      'two returns',
      'export default () => { if (a) return {}\n return { plugins: [] } }',
      'more than an object literal',
    ],
    ['plugins of a call', 'export default { plugins: list() }', '`plugins` is no list'],
    ['filtered plugins', 'export default { plugins: [a()].filter(Boolean) }', '`plugins` is no list'],
    ['plugins of a condition', 'export default { plugins: dev ? [a()] : [] }', '`plugins` is no list'],
    ['plugins twice', 'export default { plugins: [], plugins: [] }', '`plugins` is no list'],
    ['a method', 'export default { plugins() { return [] } }', '`plugins` is no list'],
    ['plugins perhaps in a spread', 'export default { ...base }', 'spreads'],
    ['plugins that are changed', 'const c = { plugins: [] }\nc.plugins = []\nexport default c', 'is changed'],
    ['a root', "export default { root: 'app', plugins: [] }", '`root` is set'],
    ['an error of syntax', 'export default {', 'cannot be parsed'],
    ['an empty file', '', 'no `export default`'],
  ])('%s', (_, text, why) => {
    const failure = failureOf(() => withPlugin(text))
    expect(failure).toMatchObject({ code: 'INIT_REFUSED', message: expect.stringContaining(why) })
    expect(failure.hint).toMatch(
      why === 'cannot be parsed' ? /^Correct it/ : /^Add it by hand: `import distill/,
    )
  })
})

describe('solid', () => {
  const solid = (options: string) =>
    withPlugin(`import solid from 'vite-plugin-solid'\nexport default { plugins: [solid(${options})] }\n`, {
      entry: undefined,
      solidSsr: true,
    })

  it.each([
    ['', '{ ssr: true }'],
    ['{ hot: false }', '{ ssr: true, hot: false }'],
    ['{ ssr: true }', '{ ssr: true }'],
  ])('solid(%s)', (options, then) => {
    expect(solid(options)).toContain(`plugins: [solid(${then}), distill()]`)
  })

  it.each(['{ ssr: false }', '{ ssr }', 'options'])('solid(%s) is refused', (options) => {
    expect(failureOf(() => solid(options))).toMatchObject({ code: 'INIT_REFUSED' })
  })
})

it.each([
  ["export default { build: { outDir: 'build' } }", 'build'],
  ['export default { build: { outDir: where } }', undefined],
  ['export default {}', undefined],
  ['export default list()', undefined],
])('the folder of the build: %s', (text, outDir) => {
  expect(outDirOf(parseSource('vite.config.ts', text))).toBe(outDir)
})
