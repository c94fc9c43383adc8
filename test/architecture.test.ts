import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { Visitor, parseSync } from 'vite'
import { describe, expect, it } from 'vitest'
import { repository } from './app.ts'

/**
 * The rooms of `src/`, folders and files of the root, from top to bottom. A room imports only from the lines below
 * its own, so rooms of one line never import each other. CONTRIBUTING.md says what is in each.
 */
const lines = [
  ['index'],
  ['cli', 'api'],
  ['vite'],
  ['ci'],
  ['app'],
  ['render', 'publish'],
  ['report'],
  ['cdn', 'links', 'routes'],
  ['build-record', 'sealed-lines', 'secrets', 'beside-bundle', 'client-manifest', 'public-files'],
  ['staging'],
  ['secrets'],
  ['options'],
  ['backends', 'html', 'cache-options', 'cdn-options', 'link-options'],
  ['target-options'],
  ['purge-options'],
  ['option-schema', 'manifest', 'progress'],
  ['manifest-journal', 'manifest-lookup'],
  ['manifest-line'],
  ['keys', 'cache-control', 'content-type', 'nearest', 'page-globs', 'read-lines', 'errors'],
]

/** The same for the folders inside a wing. */
const wings: Record<string, string[][]> = {
  render: [['shards'], ['cache'], ['host-files'], ['worker'], ['site']],
  publish: [['sync'], ['releases'], ['plan', 'purge', 'verify'], ['state'], ['site'], ['store']],
}

/** Tests of the repository itself, which no room of `src/` owns. */
const withoutRoom = ['architecture.test.ts', 'package.app.test.ts']
/** Folders of tests that mirror something else: whole apps, pipelines, and the servers that the tests run against. */
const otherFolders = ['engines', 'foreign', 'playground', 'servers']

/** Each file of `src/` with the files that it imports, as paths from `src/`. */
type Imports = ReadonlyMap<string, readonly string[]>

const src = join(repository, 'src')

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

/** What a file names with `import`, `export … from`, `import()` and `new URL(…, import.meta.url)`, types included. */
function specifiersOf(file: string, code: string): string[] {
  const { program, errors } = parseSync(file, code)
  expect(errors, file).toEqual([])
  const found: unknown[] = []
  const take = (node: { type: string } | null) => {
    if (node?.type === 'Literal') found.push((node as { value?: unknown }).value)
  }
  new Visitor({
    ImportDeclaration: (node) => take(node.source),
    ExportNamedDeclaration: (node) => take(node.source),
    ExportAllDeclaration: (node) => take(node.source),
    ImportExpression: (node) => take(node.source),
    TSImportType: (node) => take(node.source),
    NewExpression({ callee, arguments: [url, base] }) {
      if (callee.type === 'Identifier' && callee.name === 'URL' && base?.type === 'MemberExpression')
        take(url!)
    },
  }).visit(program)
  return found.filter((specifier) => typeof specifier === 'string')
}

function readImports(): { files: Imports; packages: ReadonlyMap<string, string[]> } {
  const names = filesBelow(src).filter((name) => name.endsWith('.ts'))
  const known = new Set(names)
  const files = new Map<string, string[]>()
  const packages = new Map<string, string[]>()
  for (const name of names) {
    const specifiers = specifiersOf(name, readFileSync(join(src, name), 'utf8'))
    const near = specifiers
      .filter((specifier) => specifier.startsWith('.'))
      // A worker's URL names the file that `tsc` makes.
      .map((specifier) => resolve('/', dirname(name), specifier).slice(1).replace(/\.js$/, '.ts'))
    files.set(
      name,
      [...new Set(near)].filter((to) => known.has(to)),
    )
    packages.set(
      name,
      specifiers.filter((specifier) => !specifier.startsWith('.')),
    )
  }
  return { files, packages }
}

/** At least one circle if there is any, as its files in order. */
function circlesIn(imports: Imports): string[] {
  const circles: string[] = []
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (done.has(file)) return
    done.add(file)
    for (const next of imports.get(file) ?? []) walk(next, [...path, file])
  }
  for (const file of imports.keys()) walk(file, [])
  return circles
}

/** The room that a file is in: `keys` for `keys.ts`, `cdn` for `cdn/tag/git.ts`. */
const roomOf = (file: string) => file.split('/')[0]!.replace(/\.ts$/, '')

/** Imports from one room to another that do not run down the lines; an unknown room is on no line. */
function againstLines(imports: Imports, lines: readonly string[][]): string[] {
  const lineOf = (file: string) => lines.findIndex((rooms) => rooms.includes(roomOf(file)))
  return [...imports].flatMap(([from, targets]) =>
    targets
      .filter((to) => roomOf(to) !== roomOf(from) && (lineOf(from) === -1 || lineOf(from) >= lineOf(to)))
      .map((to) => `${from} → ${to}`),
  )
}

/** The imports between the folders of a wing; the files beside the folders are free. */
function insideWing(imports: Imports, wing: string): Imports {
  const inside = (file: string) => file.startsWith(`${wing}/`) && file.split('/').length > 2
  const shorten = (file: string) => file.slice(wing.length + 1)
  return new Map(
    [...imports]
      .filter(([from]) => inside(from))
      .map(([from, targets]) => [shorten(from), targets.filter(inside).map(shorten)]),
  )
}

const { files: imports, packages } = readImports()

/** A file and all that it imports, directly or not. */
function reachedFrom(file: string): Set<string> {
  const reached = new Set([file])
  for (const from of reached) for (const to of imports.get(from)!) reached.add(to)
  return reached
}

describe('the imports of src/', () => {
  it('are found in every form', () => {
    const code = `import type { A } from './a.ts'
      export { b } from './b.ts'
      export * from './c.ts'
      const d = await import('./d.ts')
      let e: import('./e.ts').E
      const f = new Worker(new URL('./f.js', import.meta.url))
      const g = new URL('/g', 'https://example.com')`
    expect(specifiersOf('x.ts', code)).toEqual(['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts', './f.js'])
    expect(imports.get('render/worker/app-thread.ts')).toContain('render/worker/worker.ts')
  })

  it('make no circle of files', () => {
    expect(circlesIn(imports)).toEqual([])
    const made = new Map([
      ['a.ts', ['b.ts']],
      ['b.ts', ['c.ts', 'd.ts']],
      ['c.ts', ['b.ts']],
    ])
    expect(circlesIn(made)).toEqual(['b.ts → c.ts → b.ts'])
  })

  it('run down the lines of rooms, and never from wing to wing', () => {
    const rooms = new Set([...imports.keys()].map(roomOf))
    expect([...rooms].filter((room) => !lines.flat().includes(room))).toEqual([])
    expect(againstLines(imports, lines)).toEqual([])
    const made = new Map([
      ['render/a.ts', ['publish/b.ts', 'render/c.ts', 'keys.ts']],
      ['keys.ts', ['options.ts']],
    ])
    expect(againstLines(made, lines)).toEqual(['render/a.ts → publish/b.ts', 'keys.ts → options.ts'])
  })

  it.each(Object.keys(wings))('run down the folders of %s/', (wing) => {
    const inside = insideWing(imports, wing)
    expect(new Set([...inside.keys()].map(roomOf))).toEqual(new Set(wings[wing]!.flat()))
    expect(againstLines(inside, wings[wing]!)).toEqual([])
  })

  it('keep what runs in a server or a browser light', () => {
    expect([...imports.get('cdn/url.ts')!, ...packages.get('cdn/url.ts')!]).toEqual([])
    for (const file of reachedFrom('cdn/index.ts')) {
      expect(file).toMatch(/^cdn\//)
      expect([file, packages.get(file)!.filter((name) => !name.startsWith('node:'))]).toEqual([file, []])
    }
  })

  it('make index.ts a table of contents: it only exports from other files', () => {
    const { program } = parseSync('index.ts', readFileSync(join(src, 'index.ts'), 'utf8'))
    expect(program.body.filter((node) => !('source' in node && node.type !== 'ImportDeclaration'))).toEqual(
      [],
    )
  })
})

it('each test is in the folder of what it tests', () => {
  const rooms = new Set(filesBelow(src).map((name) => dirname(name)))
  const tests = filesBelow(join(repository, 'test')).filter((name) => name.endsWith('.test.ts'))
  const elsewhere = tests.filter((name) => {
    const folder = dirname(name)
    if (folder !== '.') return !rooms.has(folder) && !otherFolders.includes(folder)
    return !withoutRoom.includes(name) && !imports.has(name.replace(/(\.app)?\.test\.ts$/, '.ts'))
  })
  expect(elsewhere).toEqual([])
})
