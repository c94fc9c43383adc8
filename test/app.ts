import { cp, mkdtemp, mkdir, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { execa } from 'execa'
import { afterAll } from 'vitest'
import type { ManifestFile } from '../src/manifest.ts'

export const repository = resolve(import.meta.dirname, '..')

const defaults: Record<string, string> = {
  'package.json': '{ "name": "fixture", "type": "module", "private": true }',
  'index.html':
    '<!doctype html><html><head><title>Fixture</title></head><body><!--app--><script type="module" src="/src/entry-client.ts"></script></body></html>',
  'src/entry-client.ts': "import './style.css'\n",
  'src/style.css': 'body { color: teal }\n',
  'vite.config.ts': viteConfig('{}'),
  'src/entry-server.ts': serverEntry("'/': { distill: true, default: () => page('home') },"),
}

/** A Vite config with these options of the plugin, given as source text. */
export function viteConfig(options: string, more = ''): string {
  return `import { defineConfig } from 'vite'
import distill from 'vite-distill'
export default defineConfig({ plugins: [distill(${options})], ${more} })
`
}

/** A server entry of an h3 app with these entries of \`routes({ … })\`, given as source text. */
export function serverEntry(entries: string, before = ''): string {
  return `import { H3 } from 'h3'
import { routes } from 'vite-distill/app'
import template from 'virtual:distill/template'
${before}
const page = (text, init = {}) =>
  new Response(template.replace('<!--app-->', () => text), { headers: { 'content-type': 'text/html' }, ...init })
export default new H3().register(routes({ ${entries} }))
`
}

export interface App {
  dir: string
  write(files: Record<string, string>): Promise<void>
  read(path: string): Promise<string>
  /** Every file below a folder, sorted; none if the folder does not exist. */
  files(folder: string): Promise<string[]>
  /** The lines of the manifest by key. */
  manifest(): Promise<Map<string, ManifestFile>>
  vite(...args: string[]): Promise<{ exitCode: number; output: string }>
  /** Environment variables of the app's commands. */
  env: Record<string, string>
  /** Runs `vite build` and resolves to its output. Throws if it fails. */
  build(...args: string[]): Promise<string>
  distill(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>
}

/** The environment without what Vitest adds: with it, tools print less or do not optimise. */
export function cleanEnv(): NodeJS.ProcessEnv {
  const { NODE_ENV: _, TEST: __, VITEST: ___, ...env } = process.env
  return { ...env, NO_COLOR: '1' }
}

const made: string[] = []
afterAll(async () => {
  await Promise.all(made.splice(0).map((dir) => rm(dir, { recursive: true, force: true })))
})

/** A small app in a temporary folder, with this repository's packages. It is removed after the tests of the file. */
export async function createApp(files: Record<string, string> = {}): Promise<App> {
  const app = await openApp()
  await app.write({ ...defaults, ...files })
  return app
}

/** A copy of a playground in a temporary folder, without its build output. It is removed after the tests of the file. */
export async function copyPlayground(name: string): Promise<App> {
  const app = await openApp(name)
  const from = join(repository, 'playground', name)
  const built = new Set(['dist', 'www', 'node_modules'].map((folder) => join(from, folder)))
  await cp(from, app.dir, { recursive: true, filter: (path) => !built.has(path) })
  return app
}

/**
 * Gives an app its own `node_modules`, made of links: a playground may have other versions than the repository, and
 * two dev servers must not share the cache that Vite keeps there.
 */
async function linkPackages(dir: string, playground: string | undefined): Promise<void> {
  const modules = join(dir, 'node_modules')
  await mkdir(modules)
  const packages = new Map<string, string>()
  for (const parent of [repository, ...(playground ? [join(repository, 'playground', playground)] : [])]) {
    const folder = join(parent, 'node_modules')
    for (const entry of await readdir(folder).catch(() => [])) {
      if (!entry.startsWith('.')) packages.set(entry, join(folder, entry))
    }
  }
  await Promise.all([...packages].map(([entry, path]) => symlink(path, join(modules, entry))))
}

async function openApp(playground?: string): Promise<App> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'vite-distill-')))
  made.push(dir)
  await linkPackages(dir, playground)
  const run = (bin: string, args: string[]) =>
    execa(process.execPath, [join(repository, bin), ...args], {
      cwd: dir,
      reject: false,
      all: true,
      extendEnv: false,
      env: { ...cleanEnv(), ...app.env },
    })
  const app: App = {
    dir,
    env: {},
    async write(more) {
      for (const [path, text] of Object.entries(more)) {
        await mkdir(dirname(join(dir, path)), { recursive: true })
        await writeFile(join(dir, path), text)
      }
    },
    read: (path) => readFile(join(dir, path), 'utf8'),
    async files(folder) {
      const root = join(dir, folder)
      const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
      return entries
        .filter((entry) => !entry.isDirectory())
        .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .sort()
    },
    async manifest() {
      const [, ...lines] = (await app.read('dist/static.manifest.jsonl')).trim().split('\n')
      return new Map(lines.map((line) => JSON.parse(line) as ManifestFile).map((file) => [file.key, file]))
    },
    async vite(...args) {
      const { exitCode = -1, all } = await run('node_modules/vite/bin/vite.js', args)
      return { exitCode, output: all }
    },
    async build(...args) {
      const { exitCode, output } = await app.vite('build', ...args)
      if (exitCode !== 0) throw new Error(output)
      return output
    },
    async distill(...args) {
      const { exitCode = -1, stdout, stderr } = await run('dist/cli/index.js', args)
      return { exitCode, stdout, stderr }
    },
  }
  return app
}
