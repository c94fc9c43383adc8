import { resolve } from 'node:path'
import { findEntry } from '../options.ts'
import { type AppFiles, appFiles, findConfig } from './app-files.ts'
import { applyEdits, type Change, newFile } from './edit.ts'
import { frameworkOf, metaFrameworkOf } from './framework.ts'
import { ignoreBuild } from './gitignore.ts'
import { addDevDependency, type PackageJson, readPackageJson } from './package-json.ts'
import { refused } from './refused.ts'
import { completeEntry } from './server-entry.ts'
import { parseSource, type Source } from './source.ts'
import { renderOnServer } from './spa.ts'
import { addPlugin, hasPlugin, outDirOf, type Wanted } from './vite-config.ts'

const docs = 'https://github.com/vite-distill/vite-distill/blob/main/docs'

/**
 * What has to change in an app so that `vite build` distils it. Nothing is written.
 * @param config The Vite config, from the current folder. Default: the one in `root`
 * @param range Of the versions of vite-distill that package.json gets
 * @throws {DistillError} `INIT_REFUSED` if something in the app is not understood
 */
export function planInit({
  root,
  config,
  range,
}: {
  root: string
  config?: string | undefined
  range: string
}): Change[] {
  const files = appFiles(root)
  const packageText = files.read('package.json')
  if (packageText === undefined) {
    throw refused(
      `there is no \`package.json\` in \`${root}\``,
      'Run this in the folder of an app, or start a new one: `npm create vite-distill@latest`.',
    )
  }
  const packageJson = readPackageJson(packageText)
  const source = readConfig(files, config)
  const there = source !== undefined && hasPlugin(source)
  const changes = [
    ...(there ? [] : addToApp(files, source, packageJson)),
    addDevDependency(packageText, 'vite-distill', range),
  ]
  const ignored = files.read('.gitignore')
  if (ignored !== undefined) changes.push(ignoreBuild(ignored, (source && outDirOf(source)) ?? 'dist'))
  return changes.filter(({ edits }) => edits.length > 0)
}

function readConfig(files: AppFiles, given: string | undefined): Source | undefined {
  const path = given === undefined ? findConfig(files.root) : files.pathOf(resolve(given))
  const text = path === undefined ? undefined : files.read(path)
  if (text !== undefined) return parseSource(path!, text)
  if (given === undefined) return undefined
  throw refused(`there is no \`${given}\``, 'Name the Vite config with `--config`.')
}

function addToApp(files: AppFiles, source: Source | undefined, packageJson: PackageJson): Change[] {
  const meta = metaFrameworkOf(packageJson)
  if (meta) throw refused(`\`${meta.name}\` brings a server of its own`, `See ${docs}/${meta.guide}`)
  refuseOldVite(packageJson)
  const framework = frameworkOf(packageJson)
  const found = findEntry(files.root)
  const entry = found === undefined ? entryOfScripts(files, packageJson) : files.pathOf(found)
  const html = files.read('index.html')
  if (entry !== undefined) {
    const changed = completeEntry(entry, files.read(entry)!, { framework, template: html })
    const wanted = { entry: found === undefined ? entry : undefined, solidSsr: false }
    return [configured(source, wanted, files), changed]
  }
  if (framework === undefined || html === undefined) {
    throw refused(
      'there is no server entry, and none can be made without `index.html` and Vue, React, Svelte or Solid',
      `Write one, \`src/entry-server.ts\`: ${docs}/frameworks.md`,
    )
  }
  const rendered = renderOnServer(html, framework, files.read)
  const wanted = { entry: defaultEntry(rendered.entry), solidSsr: framework === 'solid' }
  return [configured(source, wanted, files), ...rendered.changes]
}

/** Undefined for an entry that the plugin finds by itself. */
const defaultEntry = (entry: string) => (entry.startsWith('src/entry-server.') ? undefined : entry)

/** The server entry that a script builds, as in `vite build --ssr src/server-entry.ts`. */
function entryOfScripts(files: AppFiles, { scripts = {} }: PackageJson): string | undefined {
  for (const script of Object.values(scripts)) {
    const [, path] = /--ssr[ =]["']?(?:\.\/)?([^\s"'-][^\s"']*)/.exec(script) ?? []
    if (path !== undefined && files.read(path) !== undefined) return path
  }
  return undefined
}

function refuseOldVite({ dependencies, devDependencies }: PackageJson): void {
  const range = { ...dependencies, ...devDependencies }.vite ?? ''
  const [, major] = /^[\^~>=v\s]*(\d+)/.exec(range) ?? []
  if (major !== undefined && Number(major) < 8)
    throw refused(`the app has Vite \`${range}\``, 'vite-distill needs Vite 8: update it first.')
}

/** The Vite config with the plugin; a new one where there is none. */
function configured(source: Source | undefined, wanted: Wanted, files: AppFiles): Change {
  if (source) return { path: source.path, before: source.text, edits: addPlugin(source, wanted) }
  const path = `vite.config.${files.read('tsconfig.json') === undefined ? 'js' : 'ts'}`
  const empty = "import { defineConfig } from 'vite'\n\nexport default defineConfig({})\n"
  const edits = addPlugin(parseSource(path, empty), wanted)
  return newFile(path, applyEdits(empty, edits))
}
