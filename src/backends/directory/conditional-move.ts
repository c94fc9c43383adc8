import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, lstat, rename, rm, stat } from 'node:fs/promises'
import { BackendError, isFailure } from '../backend.ts'
import { etagOf } from './etag.ts'
import { codeOf } from './failure.ts'
import type { Folder } from './folder.ts'

/** The age at which a lock file is a dead process's, in milliseconds. A living one holds it for microseconds. */
const lockTimeout = 60_000

/** Moves a staged file to `path` if nothing is there. Of concurrent calls, one succeeds. */
export async function moveIfNone(staged: string, path: string, key: string): Promise<void> {
  try {
    await link(staged, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw precondition(key, 'it exists')
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error) ?? '')) throw error
    // A file system without hard links, such as FAT. This is exclusive too, but a reader may see half a file.
    await copyFile(staged, path, constants.COPYFILE_EXCL).catch((cause: unknown) => {
      throw codeOf(cause) === 'EEXIST' ? precondition(key, 'it exists') : cause
    })
  }
  await rm(staged, { force: true })
}

/**
 * Moves a staged file over `path` if the file there has this ETag. No file system can do that in one step: the writer
 * first creates a lock file for the key and the ETag. ETags never return, so a writer that gets the lock after
 * another one's move finds a different ETag.
 */
export async function moveIfMatch(
  folder: Folder,
  etag: string,
  staged: string,
  path: string,
  key: string,
): Promise<void> {
  await withLock(folder, etag, key, async () => {
    if ((await currentEtag(path)) !== etag) throw precondition(key, 'it was changed')
    await rename(staged, path)
  })
}

/** Removes the file at `path` if it has this ETag, under the lock that {@link moveIfMatch} takes. */
export async function removeIfMatch(
  folder: Folder,
  etag: string,
  path: string,
  key: string,
): Promise<'removed' | 'missing' | 'changed'> {
  const current = await currentEtag(path)
  if (current === undefined) return 'missing'
  if (current !== etag) return 'changed'
  const removing = withLock(folder, etag, key, async () => {
    const current = await currentEtag(path)
    if (current !== etag) return current === undefined ? 'missing' : 'changed'
    await rm(path)
    return 'removed'
  })
  return removing.catch((cause: unknown) => {
    if (!isFailure(cause, 'precondition')) throw cause
    // The other writer may have died: then its lock expires while the caller waits.
    const retryAfter = lockTimeout / 4
    throw new BackendError('unavailable', cause.message, { cause, retryAfter })
  })
}

/** Runs `work` while it has the lock of one version of a key. */
async function withLock<T>(folder: Folder, etag: string, key: string, work: () => Promise<T>): Promise<T> {
  const locks = await lock(folder, etag, key)
  try {
    return await work()
  } finally {
    for (const path of locks) await rm(path, { force: true })
  }
}

/**
 * Locks one version of a key. The lock files of dead processes stay until the move is done: each new process takes
 * the next number, because removing an old lock and creating it again is not one step.
 * @returns all lock files of the version, to be removed after the move
 */
async function lock(folder: Folder, etag: string, key: string): Promise<string[]> {
  const name = createHash('sha256').update(key).digest('hex')
  const locks: string[] = []
  for (;;) {
    const file = `${name.slice(0, 32)}.${etag.slice(0, 100)}.${locks.length}`
    try {
      const created = await folder.openScratch(file)
      await created.file.close()
      return [...locks, created.path]
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      const path = await folder.makeScratch(file)
      if (!(await isExpired(path))) throw precondition(key, 'it is being changed')
      locks.push(path)
    }
  }
}

async function isExpired(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > lockTimeout
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** The ETag of the file at `path`; `undefined` where there is none, or a folder or a symbolic link. */
export async function currentEtag(path: string): Promise<string | undefined> {
  try {
    const stats = await lstat(path, { bigint: true })
    return stats.isFile() ? etagOf(stats) : undefined
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

const precondition = (key: string, why: string) =>
  new BackendError('precondition', `\`${key}\` was left as it is: ${why}`)
