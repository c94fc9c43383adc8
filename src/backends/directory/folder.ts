import { lstat, mkdir, open, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ownKeys, unsafeKey } from '../../keys.ts'
import { BackendError } from '../backend.ts'
import { codeOf, notAFile } from './failure.ts'

/** The folder of staged files and lock files, as a key. Listings skip it. */
export const scratch = `${ownKeys}tmp`

/**
 * The folder of a target. It turns keys into paths, and checks each folder on the way for symbolic links, which
 * could lead a write or a removal out of the target.
 */
export class Folder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** The path of a key and of the folders above it, outermost first. Throws for a key that cannot be a path. */
  resolve(key: string): { path: string; above: string[] } {
    const segments = segmentsOf(key)
    const above: string[] = []
    for (const segment of segments.slice(0, -1)) above.push(join(above.at(-1) ?? this.path, segment))
    return { path: join(this.path, ...segments), above }
  }

  /** As `resolve`; undefined if a folder above is missing. */
  async find(key: string): Promise<{ path: string; above: string[] } | undefined> {
    const found = this.resolve(key)
    for (const folder of found.above) if ((await this.#typeOf(folder)) !== 'folder') return undefined
    return found
  }

  /** The path of a key. Creates missing folders above it. */
  async make(key: string): Promise<string> {
    const { path, above } = this.resolve(key)
    await this.#makeFolders(above, key)
    return path
  }

  /** The path of a scratch file. Creates the scratch folder. */
  async makeScratch(name: string): Promise<string> {
    const above = [join(this.path, scratch, '..'), join(this.path, scratch)]
    await this.#makeFolders(above, `${scratch}/${name}`)
    return join(this.path, scratch, name)
  }

  /** Creates a scratch file. Tries again when a publish that ends removes the empty scratch folder meanwhile. */
  async openScratch(name: string, attempts = 10): Promise<{ path: string; file: FileHandle }> {
    try {
      const path = await this.makeScratch(name)
      return { path, file: await open(path, 'wx') }
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || attempts === 1) throw error
      return this.openScratch(name, attempts - 1)
    }
  }

  /** Creates the target. Its parent must exist, so that a typo in `path` creates no tree. */
  async create(): Promise<void> {
    try {
      await mkdir(this.path)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') throw this.#parentMissing(error)
      if (codeOf(error) !== 'EEXIST') throw error
      if (!(await stat(this.path)).isDirectory()) {
        throw new BackendError('rejected', `\`${this.path}\` is a file, not a folder`, { cause: error })
      }
    }
  }

  /** Whether the target exists. Throws if its parent is missing too. */
  async exists(): Promise<boolean> {
    if (await exists(this.path)) return true
    if (await exists(dirname(this.path))) return false
    throw this.#parentMissing()
  }

  async #makeFolders(above: readonly string[], key: string): Promise<void> {
    for (const folder of above) {
      const found = await this.#typeOf(folder)
      if (found === 'folder') continue
      if (found === 'file') throw notAFile(key, `\`${folder}\` is a file`)
      try {
        await mkdir(folder)
      } catch (error) {
        if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) await this.create()
        else if (codeOf(error) !== 'EEXIST') throw error
        // Another writer created it, a removal deleted a folder above, or the target was missing: start again.
        return this.#makeFolders(above, key)
      }
    }
  }

  async #typeOf(path: string): Promise<'folder' | 'file' | undefined> {
    let stats
    try {
      stats = await lstat(path)
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
      throw error
    }
    if (stats.isSymbolicLink()) {
      throw new BackendError('rejected', `\`${path}\` is a symbolic link, which could lead out of the target`)
    }
    return stats.isDirectory() ? 'folder' : 'file'
  }

  #parentMissing(cause?: unknown): BackendError {
    return new BackendError(
      'missing',
      `cannot publish to \`${this.path}\`: \`${dirname(this.path)}\` does not exist`,
      { cause },
    )
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Why a key cannot be a path below the target; `undefined` for one that can. */
export function refusedPath(key: string): string | undefined {
  // Only Windows reads a backslash as a separator, and a colon as the end of a name.
  const windows = process.platform === 'win32'
  const unsafe = unsafeKey(windows ? key : key.replaceAll('\\', '_'))
  if (unsafe !== undefined) return unsafe
  if (windows && key.includes(':')) return 'it has a `:`'
  if (key === scratch || key.startsWith(`${scratch}/`)) return `\`${scratch}/\` is for unfinished files`
  const long = key.split('/').some((name) => Buffer.byteLength(name) > 255)
  return long ? 'it has a folder or file name of more than 255 bytes' : undefined
}

/** The segments of a key. Throws for a key that cannot be a path. */
function segmentsOf(key: string): string[] {
  const why = refusedPath(key)
  if (why !== undefined) throw notAFile(key, why)
  return key.split('/')
}
