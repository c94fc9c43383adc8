import { lstat, mkdir, open, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ownKeys, unsafeKey } from '../../keys.ts'
import { BackendError } from '../backend.ts'
import { codeOf } from './failure.ts'

/** Half-written files and claims live under this key, where no listing looks. */
export const scratch = `${ownKeys}tmp`

/**
 * The folder that is published to, and the only way from a key to a path. Every folder on the way
 * is looked at before it is used: a symbolic link could lead a write or a removal out of the target.
 */
export class Folder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** The path of a key and the folders above it, outermost first. */
  resolve(key: string): { path: string; above: string[] } {
    const segments = segmentsOf(key)
    const above: string[] = []
    for (const segment of segments.slice(0, -1)) above.push(join(above.at(-1) ?? this.path, segment))
    return { path: join(this.path, ...segments), above }
  }

  /** The path of a key if the folder it would be in exists. */
  async find(key: string): Promise<{ path: string; above: string[] } | undefined> {
    const found = this.resolve(key)
    for (const folder of found.above) if ((await this.#look(folder)) !== 'folder') return undefined
    return found
  }

  /** The path of a key, the folders above it made where they are missing. */
  async make(key: string): Promise<string> {
    const { path, above } = this.resolve(key)
    await this.#enter(above, key)
    return path
  }

  /** A path for a half-written file or a claim. */
  async makeScratch(name: string): Promise<string> {
    const above = [join(this.path, scratch, '..'), join(this.path, scratch)]
    await this.#enter(above, `${scratch}/${name}`)
    return join(this.path, scratch, name)
  }

  /** A new scratch file. Another publish that ends removes the empty folder it would be in: it is made again then. */
  async openScratch(name: string, attempts = 10): Promise<{ path: string; file: FileHandle }> {
    try {
      const path = await this.makeScratch(name)
      return { path, file: await open(path, 'wx') }
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || attempts === 1) throw error
      return this.openScratch(name, attempts - 1)
    }
  }

  /** Makes the target itself; the folder that it is in must exist, so that a typo is no new tree. */
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

  /** Whether the target exists; throws where it could not even be made. */
  async exists(): Promise<boolean> {
    if (await exists(this.path)) return true
    if (await exists(dirname(this.path))) return false
    throw this.#parentMissing()
  }

  async #enter(above: readonly string[], key: string): Promise<void> {
    for (const folder of above) {
      const found = await this.#look(folder)
      if (found === 'folder') continue
      if (found === 'file') throw refused(key, `\`${folder}\` is a file`)
      try {
        await mkdir(folder)
      } catch (error) {
        if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) await this.create()
        else if (codeOf(error) !== 'EEXIST') throw error
        // Somebody else was faster, a removal took a folder away, or the target was missing: look again.
        return this.#enter(above, key)
      }
    }
  }

  async #look(path: string): Promise<'folder' | 'file' | undefined> {
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

/** The segments of a key that a file system can hold. */
function segmentsOf(key: string): string[] {
  // Only Windows takes a backslash for a separator, and a colon for the end of a name.
  const windows = process.platform === 'win32'
  const unsafe = unsafeKey(windows ? key : key.replaceAll('\\', '_'))
  if (unsafe !== undefined) throw refused(key, unsafe)
  if (windows && key.includes(':')) throw refused(key, 'it has a `:`')
  if (key === scratch || key.startsWith(`${scratch}/`))
    throw refused(key, `\`${scratch}/\` holds half-written files`)
  return key.split('/')
}

export const refused = (key: string, why: string) =>
  new BackendError('rejected', `\`${key}\` cannot be a file: ${why}`)
