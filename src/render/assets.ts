import { cpSync, existsSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import type { Manifest as ViteManifest } from 'vite'
import { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import type { BuildRecord } from './build-record.ts'
import type { Asset } from './messages.ts'

/** The files of the client build that belong to the site, without its template and Vite's own records. */
export function listAssets({ client, server }: Required<BuildRecord>, options: ResolvedOptions): Asset[] {
  if (!options.assets.include) return []
  const hashed = hashedFiles([client, dirname(server)])
  return listSiteFiles(client, options).map((file) => ({ ...file, hashed: hashed.has(file.key) }))
}

/** The files of a folder, `public/` or what became of it, that may be seen by everybody. */
export function listSiteFiles(dir: string, { assets, root }: ResolvedOptions): Omit<Asset, 'hashed'>[] {
  const skipped = new Set(assets.skipDirs.map((dir) => dir.replace(/^\/|\/$/g, '')))
  if (assets.skipAdminDirs) skipped.add('admin')
  const isSkipped = (key: string) =>
    skipped.has(key) || skipped.has(key.slice(key.lastIndexOf('/') + 1)) || key === '.vite'
  return listFiles(dir, root, isSkipped)
    .filter((key) => key !== 'index.html')
    .map((key) => ({ key, from: join(dir, key) }))
}

/** Throws where a symbolic link in `public/`, which Vite copies like a file, leads out of the app. */
export function checkLinks(publicDir: string, root: string): void {
  if (existsSync(publicDir)) listFiles(publicDir, root, () => false)
}

/** The files below a folder as keys, symbolic links followed inside of `root` and refused outside. */
function listFiles(dir: string, root: string, isSkipped: (key: string) => boolean): string[] {
  const found: string[] = []
  const walk = (folder: string, parents: readonly string[]): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      const key = relative(dir, path).split(sep).join('/')
      if (entry.isSymbolicLink()) checkLink(path, root)
      if (!entry.isDirectory() && !(entry.isSymbolicLink() && statSync(path).isDirectory())) found.push(key)
      else if (!isSkipped(key)) {
        const real = realpathSync(path)
        // A link to a folder that it is in would go on for ever.
        if (!parents.includes(real)) walk(path, [...parents, real])
      }
    }
  }
  walk(dir, [realpathSync(dir)])
  return found
}

function checkLink(path: string, root: string): void {
  const shown = relative(root, path)
  if (!existsSync(path)) {
    throw new DistillError('PATH_UNSAFE', `\`${shown}\` is a symbolic link to a file that is not there`)
  }
  const real = realpathSync(path)
  if (`${real}${sep}`.startsWith(`${realpathSync(root)}${sep}`)) return
  throw new DistillError(
    'PATH_UNSAFE',
    `\`${shown}\` is a symbolic link that leads out of the app, to \`${real}\``,
    {
      hint: 'What is there would be published. Copy it into `public/` if that is what you want.',
    },
  )
}

/** Puts what only the server imports (an image of a server-only component, say) beside the client's own files. */
export function mergeServerAssets({ client, server }: Required<BuildRecord>): void {
  for (const { assets = [] } of viteManifest(dirname(server))) {
    for (const file of assets) {
      const from = join(dirname(server), file)
      if (existsSync(from) && !existsSync(join(client, file))) cpSync(from, join(client, file))
    }
  }
}

/** The files whose names carry Vite's content hash: of those that its manifests list, which are none of `public/`. */
function hashedFiles(dirs: readonly string[]): Set<string> {
  const files = dirs
    .flatMap(viteManifest)
    .flatMap(({ file, css = [], assets = [] }) => [file, ...css, ...assets])
  // A name made without a hash (by `output.entryFileNames`, say) may get other content. A hash in base64 that has
  // neither a digit nor a capital is one in a thousand, and then its file is only cached less.
  return new Set(files.filter((file) => /[-.](?=[\w-]*[A-Z0-9])[\w-]{8,}\.\w+$/.test(file)))
}

/** The chunks of a build, by Vite's manifest; an app without a client has none. */
function viteManifest(dir: string): ViteManifest[string][] {
  const path = join(dir, '.vite/manifest.json')
  return existsSync(path) ? Object.values(JSON.parse(readFileSync(path, 'utf8')) as ViteManifest) : []
}
