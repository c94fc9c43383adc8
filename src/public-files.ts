import { type Dirent, existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { DistillError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'

/** A file that becomes part of the site. */
export interface PublicFile {
  key: string
  /** Absolute path. */
  from: string
}

/** What file managers and editors leave in a folder, in lower case. */
const leftovers = /^(?:\.ds_store|\._.*|thumbs\.db|desktop\.ini|.*~|\..*\.sw[a-p]|\.#.*|#.*#)$/

/**
 * The files of `public/` or of the client build that become part of the site, without the directories that the
 * options skip, and without what file managers and editors leave behind.
 */
export function listSiteFiles(dir: string, { assets, root }: ResolvedOptions): PublicFile[] {
  const skipped = new Set(assets.skipDirs.map((dir) => dir.replace(/^\/|\/$/g, '')))
  const isSkipped = (key: string) =>
    skipped.has(key) ||
    skipped.has(nameOf(key)) ||
    (assets.skipAdminDirs && nameOf(key).toLowerCase() === 'admin') ||
    key === '.vite'
  return listFiles(dir, root, isSkipped)
    .filter((key) => key !== 'index.html' && !leftovers.test(nameOf(key).toLowerCase()))
    .map((key) => ({ key, from: join(dir, key) }))
}

const nameOf = (key: string) => key.slice(key.lastIndexOf('/') + 1)

/**
 * Checks `public/` before Vite copies it: it would copy what a symbolic link leads to, and wait for ever for the
 * content of a named pipe.
 * @throws {DistillError} `PATH_UNSAFE` if a link leads out of the app, or if something is neither a file nor a folder
 */
export function checkLinks(publicDir: string, root: string): void {
  if (existsSync(publicDir)) listFiles(publicDir, root, () => false)
}

/** The files below a folder as keys. Follows symbolic links inside `root` and refuses those that lead out of it. */
function listFiles(dir: string, root: string, isSkipped: (key: string) => boolean): string[] {
  const found: string[] = []
  const walk = (folder: string, parents: readonly string[]): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      const key = relative(dir, path).split(sep).join('/')
      if (entry.isSymbolicLink()) checkLink(path, root)
      const type = entry.isSymbolicLink() ? statSync(path) : entry
      if (type.isFile()) found.push(key)
      else if (!type.isDirectory()) refuseSpecial(relative(root, path), type)
      else if (!isSkipped(key)) {
        const real = realpathSync(path)
        // A link to a folder above it would never end.
        if (!parents.includes(real)) walk(path, [...parents, real])
      }
    }
  }
  walk(dir, [realpathSync(dir)])
  return found
}

function refuseSpecial(shown: string, type: Pick<Dirent, 'isFIFO' | 'isSocket'>): never {
  const kind = type.isFIFO() ? 'a named pipe (FIFO)' : type.isSocket() ? 'a socket' : 'a device'
  throw new DistillError('PATH_UNSAFE', `\`${shown}\` is ${kind}, which cannot become a file of the site`, {
    hint: 'Remove it.',
  })
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
