import { constants, rmdirSync } from 'node:fs'
import { lstat, open, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { DirectoryTarget } from './targets.ts'
import {
  BackendError,
  type CopyOptions,
  type KnownObject,
  type PlacedBackend,
  type PutOptions,
  type Source,
  type StoredObject,
} from './backend.ts'
import { currentEtag, moveIfMatch, moveIfNone, removeIfMatch } from './directory/conditional-move.ts'
import { etagOf } from './directory/etag.ts'
import { codeOf, notAFile, toBackendError, wrapErrors } from './directory/failure.ts'
import { Folder, refusedPath, scratch } from './directory/folder.ts'
import { stage, stageCopy, type Staged } from './directory/stage.ts'
import { sweep } from './directory/sweep.ts'
import { walk } from './directory/walk.ts'

const pageSize = 1000

/**
 * Publishes to a folder of this machine.
 * @param root Vite's root, which the target's `path` is relative to
 */
export function directoryBackend(target: DirectoryTarget, root: string): PlacedBackend {
  const folder = new Folder(resolve(root, target.path))
  const name = `${folder.path}/`
  let swept: Promise<void> | undefined

  async function* list(prefix: string): AsyncGenerator<StoredObject[], void, undefined> {
    try {
      if (!(await folder.exists())) return
      let page: StoredObject[] = []
      for (const object of walk(folder.path, prefix)) {
        page.push(object)
        if (page.length < pageSize) continue
        yield page
        page = []
      }
      if (page.length > 0) yield page
    } catch (error) {
      throw toBackendError(`cannot list \`${name}\``, error)
    }
  }

  async function get(key: string) {
    const path = (await folder.find(key))?.path
    if (path === undefined) return undefined
    let file
    try {
      file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    } catch (error) {
      // `list` skips symbolic links too.
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ELOOP') return undefined
      throw error
    }
    try {
      const stats = await file.stat({ bigint: true })
      if (!stats.isFile()) return undefined
      return { body: new Uint8Array(await file.readFile()), etag: etagOf(stats) }
    } finally {
      await file.close()
    }
  }

  async function put(key: string, source: Source, { ifMatch }: PutOptions) {
    return write(key, ifMatch, () => stage(folder, key, source))
  }

  async function copy(
    from: string,
    to: string,
    { ifSourceMatch, ifMatch, place }: CopyOptions & { place?: string },
  ) {
    const source = place === undefined ? folder : new Folder(place)
    const path = (await source.find(from))?.path
    const check = async () => {
      if (path === undefined || (await currentEtag(path)) !== ifSourceMatch)
        throw new BackendError('precondition', `\`${from}\` was changed or removed`)
    }
    return write(to, ifMatch, async () => {
      await check()
      return stageCopy(folder, path!, check)
    })
  }

  /** Writes a file whole: it is complete before it is moved to its key. */
  async function write(key: string, ifMatch: string | null | undefined, stage: () => Promise<Staged>) {
    folder.resolve(key)
    await (swept ??= sweep(folder).catch((error: unknown) => {
      swept = undefined
      throw error
    }))
    const staged = await stage()
    try {
      await place(staged.path, key, ifMatch)
    } catch (error) {
      await rm(staged.path, { force: true })
      throw error
    }
    return { etag: staged.etag }
  }

  async function place(
    staged: string,
    key: string,
    ifMatch: string | null | undefined,
    attempts = 10,
  ): Promise<void> {
    const path = await folder.make(key)
    try {
      if (ifMatch === undefined) await rename(staged, path)
      else if (ifMatch === null) await moveIfNone(staged, path, key)
      else await moveIfMatch(folder, ifMatch, staged, path, key)
    } catch (error) {
      if (codeOf(error) === 'EISDIR') throw notAFile(key, `\`${path}\` is a folder`)
      // A concurrent removal deleted the folder while it was empty.
      if (codeOf(error) === 'ENOENT' && attempts > 1) return place(staged, key, ifMatch, attempts - 1)
      throw error
    }
  }

  async function remove(objects: readonly KnownObject[]): Promise<string[]> {
    const emptied = new Set<string>()
    const left: string[] = []
    for (const { key, etag } of objects) {
      await wrapErrors(`cannot remove \`${key}\` in \`${name}\``, async () => {
        const found = await folder.find(key)
        if (!found) return
        const { path, above } = found
        const outcome =
          etag === undefined ? await removeFile(path) : await removeIfMatch(folder, etag, path, key)
        if (outcome === 'changed') left.push(key)
        if (outcome === 'removed') for (const path of above) emptied.add(path)
      })
    }
    // Innermost first: a folder is empty once the folders in it are removed.
    for (const path of [...emptied].sort((a, b) => b.length - a.length)) await rmdir(path).catch(() => {})
    return left
  }

  return {
    name,
    maxRemove: pageSize,
    conditional: true,
    conditionalRemove: true,
    keepsHeaders: false,
    sorted: true,
    list,
    refuses: refusedPath,
    get: (key) => wrapErrors(`cannot read \`${key}\` in \`${name}\``, () => get(key)),
    put: (key, source, options) =>
      wrapErrors(`cannot write \`${key}\` in \`${name}\``, () => put(key, source, options)),
    copy: (from, to, options) =>
      wrapErrors(`cannot copy \`${from}\` to \`${to}\` in \`${name}\``, () => copy(from, to, options)),
    remove,
    close() {
      for (const path of [scratch, dirname(scratch)]) {
        try {
          rmdirSync(join(folder.path, path))
        } catch {
          // Not empty: another publish is running, or the state is here.
        }
      }
    },
  }
}

/** Removes a file; a folder is none. */
async function removeFile(path: string): Promise<'removed' | 'missing'> {
  try {
    if ((await lstat(path)).isDirectory()) return 'missing'
    await rm(path, { force: true })
    return 'removed'
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'missing'
    throw error
  }
}
