import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { preloadsFile, templateFile } from '../../beside-bundle.ts'
import type { BuildRecord } from '../../build-record.ts'
import { sha256Of } from '../../cdn/content-hash.ts'
import { clientFile as tagsOfClient, fileBeside as tagsOfServer } from '../../cdn/values-file.ts'
import { templatesOf } from '../../client-manifest.ts'
import type { ResolvedOptions } from '../../options.ts'
import type { PageTagging } from '../page-tagger.ts'
import type { BuiltApp } from '../worker/app-thread.ts'

/** The parts of a fingerprint, each with the words for it that go before “changed”. */
export const parts = {
  server: 'the server bundle',
  client: "the client's manifest or template",
  tags: 'the cache-busting tag',
  lockfile: 'the lockfile or what is installed',
  config: 'the Vite config',
  options: 'an option',
  env: 'an environment variable, the time zone or the locale',
  node: 'the major version of Node.js',
  version: 'the version of vite-distill',
} as const

/** What a page can depend on besides its cache key: a short hash of each part, and two versions as they are. */
export type Fingerprint = Readonly<Record<keyof typeof parts, string>>

/** What a fingerprint is made of. */
export interface FingerprintInput extends Pick<BuiltApp, 'options' | 'build' | 'env' | 'sources'> {
  tagging: PageTagging | undefined
}

/** How a value begins that equals no other, because no file shows all that the Vite config is made of. */
const incomparable = 'incomparable-'

/** The fingerprint of a built app, as its files are now. It never fails: a part that cannot be read equals no other. */
export function fingerprintOf({ options, build, env, sources, tagging }: FingerprintInput): Fingerprint {
  const { root } = options
  const { configFiles, envNames } = sources
  return {
    server: hashOf(() => [keyIn(build.serverDir, build.server), serverBundle(build, options)]),
    client: hashOf(() => clientFiles(build)),
    tags: hashOf(() => tagsOf(build, tagging)),
    lockfile: hashOf(() => installed(root)),
    config: configFiles ? hashOf(() => configOf(configFiles, root)) : incomparable + randomUUID(),
    options: hashOf(() => optionsOfPages(options)),
    env: hashOf(() => environment(env, [...envNames, ...(options.cache ? options.cache.env : [])])),
    node: process.versions.node.split('.')[0]!,
    version,
  }
}

/** What differs, in words that go before “changed”; empty if nothing does. */
export const changedParts = (last: Fingerprint, now: Fingerprint): string[] =>
  (Object.keys(parts) as (keyof Fingerprint)[])
    .filter((part) => last[part] !== now[part])
    .map((part) =>
      now[part].startsWith(incomparable) ? `${parts[part]} (only a part of it can be compared)` : parts[part],
    )

/** Whether the files of one build changed between two looks at them. */
export const changedMeanwhile = (before: Fingerprint, after: Fingerprint): boolean =>
  changedParts(before, after.config.startsWith(incomparable) ? { ...after, config: before.config } : after)
    .length > 0

const { version } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as Pick<Fingerprint, 'version'>

/** 128 bits of the SHA-256 of data; where that cannot be read, a value of its own. */
function hashOf(read: () => unknown): string {
  try {
    return createHash('sha256').update(JSON.stringify(read())).digest().subarray(0, 16).toString('base64url')
  } catch {
    return randomUUID()
  }
}

type Content = [path: string, content: string]

/** Files with the hashes of their contents, by path from a folder: an app may be moved. */
const contents = (paths: readonly string[], from: string): Content[] =>
  [...new Set(paths)]
    .map((path): Content => [keyIn(from, path), sha256Of(path)])
    .sort(([a], [b]) => (a < b ? -1 : 1))

const keyIn = (folder: string, path: string) => relative(folder, path).replaceAll(sep, '/')

/**
 * The files of the server's bundle. Its folder may hold more, as `dist` does after `vite build --ssr --outDir dist`:
 * the site, the client, what publishes write, the app's packages and repository are left out. So are source maps,
 * which differ from build to build. Symbolic links are followed, because the app reads and imports through them; what
 * is in a folder counts once, however many links lead there.
 */
function serverBundle({ client, serverDir }: Required<BuildRecord>, options: ResolvedOptions): Content[] {
  const { root, outDir, publish } = options
  const published = Object.values(publish).flatMap((target) =>
    target.backend === 'directory' ? [resolve(root, target.path)] : [],
  )
  // Beside the bundle, from the client's build.
  const linked = [tagsOfServer, templateFile, preloadsFile].map((name) => join(serverDir, name))
  const others = new Set([client, outDir, join(root, 'node_modules'), ...published, ...linked])
  const isOther = (path: string, name: string) =>
    others.has(path) || path.startsWith(`${outDir}.`) || name.startsWith('.git') || isSourceMap(name)
  const found: Content[] = []
  const seen = new Map<string, string>()
  const walk = (dir: string): void => {
    const real = realpathSync(dir)
    const before = seen.get(real)
    if (before !== undefined) return void found.push([keyIn(serverDir, dir), before])
    seen.set(real, keyIn(serverDir, dir))
    for (const name of readdirSync(dir).sort()) {
      const path = join(dir, name)
      if (isOther(path, name)) continue
      // Undefined for a link to nothing.
      const type = statSync(path, { throwIfNoEntry: false })
      if (type?.isDirectory()) walk(path)
      else if (type?.isFile()) found.push([keyIn(serverDir, path), sha256Of(path)])
    }
  }
  walk(serverDir)
  return found
}

/** A file of data may end in `.map` too: a map of a game. */
const isSourceMap = (name: string) => /\.(?:[cm]?js|css)\.map$/.test(name)

/** What the client's build tells the server: the names of its files, in Vite's manifests and in templates. */
function clientFiles({ client, serverDir }: Required<BuildRecord>): Content[] {
  const folder = join(client, '.vite')
  const manifests = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
  const linked = [templateFile, preloadsFile].map((name) => join(serverDir, name)).filter(isFile)
  const paths = [...manifests.map((name) => join(folder, name)), ...templatesOf(client), ...linked]
  return contents(
    paths.filter((path) => path !== tagsOfClient(client)),
    client,
  )
}

/** The tags that the app asks for, and those that pages get with `cdn.html`. */
function tagsOf({ serverDir }: Required<BuildRecord>, tagging: PageTagging | undefined): unknown {
  const file = join(serverDir, tagsOfServer)
  return [
    existsSync(file) && sha256Of(file),
    tagging && { ...tagging, tags: [...tagging.tags].sort(([a], [b]) => (a < b ? -1 : 1)) },
  ]
}

/** Vite names the config as it was told, and what that imports by its real path. */
const configOf = (files: readonly string[], root: string): Content[] =>
  contents(
    files.map((path) => realpathSync(path)),
    realpathSync(root),
  )

const lockfiles = [
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
  'deno.lock',
]
/** What package managers note of what they installed: a lockfile that was pulled is newer than the packages. */
const installs = [
  'node_modules/.package-lock.json',
  'node_modules/.pnpm/lock.yaml',
  'node_modules/.yarn-integrity',
  'node_modules/.yarn-state.yml',
  '.pnp.cjs',
]

/** The lockfiles of the nearest folder that has one, what is installed there, and its patches of packages. */
function installed(root: string): Content[] {
  for (let dir = root; ; dir = dirname(dir)) {
    const present = (names: readonly string[]) => names.map((name) => join(dir, name)).filter(isFile)
    const locks = present(lockfiles)
    if (locks.length > 0) {
      const patches = join(dir, 'patches')
      const patched = existsSync(patches) ? readdirSync(patches).map((name) => `patches/${name}`) : []
      return contents([...locks, ...present(installs), ...present(patched)], dir)
    }
    if (dirname(dir) === dir) return []
  }
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true

/**
 * The options that reach a page's bytes, headers or file. The others do not: `cdn` does so by the tags, which are a
 * part of their own, and `entry` by the bundle. `redirects`, `sitemap`, `fallback`, `rendered`, `assets` and `siteId`
 * make other files, which every build writes anew, or lines of the manifest's header. `workers`, `concurrency`,
 * `timeout` and `retry` decide when a page is rendered and when it fails. `outDir` says where the site is, and
 * `publish` what happens to it later; a `publicUrl` reaches pages as `origin`.
 */
const optionsOfPages = ({
  base,
  origin,
  requestBase,
  layout,
  languages,
  links,
  transform,
}: ResolvedOptions) => ({
  base,
  origin,
  requestBase,
  layout,
  languages,
  served: links.served,
  transform: transform?.toString(),
})

/** The variables that pages depend on, and how Node writes dates and numbers, which minor versions change too. */
function environment(env: NodeJS.ProcessEnv, names: readonly string[]): unknown {
  const { icu, cldr, tz, unicode } = process.versions
  const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions()
  const all = [...new Set([...names, 'TZ', 'LANG', 'LC_ALL'])].sort()
  return [all.map((name) => [name, env[name]]), timeZone, locale, icu, cldr, tz, unicode]
}
