import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, lstat, rename, rm, stat } from 'node:fs/promises'
import { BackendError } from '../backend.ts'
import { etagOf } from './etag.ts'
import { codeOf } from './failure.ts'
import type { Folder } from './folder.ts'

/** How long a claim holds. What it protects takes microseconds: an older one is a dead process's. */
const minute = 60_000

/** Moves a staged file to where nothing is yet; of several at once, one wins. */
export async function moveWhereNone(staged: string, path: string, key: string): Promise<void> {
  try {
    await link(staged, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw precondition(key, 'it exists')
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error) ?? '')) throw error
    // A file system without hard links, such as FAT: still exclusive, though not in one step.
    await copyFile(staged, path, constants.COPYFILE_EXCL).catch((cause: unknown) => {
      throw codeOf(cause) === 'EEXIST' ? precondition(key, 'it exists') : cause
    })
  }
  await rm(staged, { force: true })
}

/**
 * Moves a staged file over one that still is the version `etag`. No file system swaps on a condition,
 * so a writer first claims that version, by a file that only one can create; versions never come
 * back, so whoever claims one late finds, on comparing, that it is gone.
 */
export async function moveOver(
  folder: Folder,
  etag: string,
  staged: string,
  path: string,
  key: string,
): Promise<void> {
  const claims = await claim(folder, etag, key)
  try {
    if ((await currentEtag(path)) !== etag) throw precondition(key, 'it was changed')
    await rename(staged, path)
  } finally {
    for (const path of claims) await rm(path, { force: true })
  }
}

/** Claims a version, past any claims of the dead; returns the claims to remove. */
async function claim(folder: Folder, etag: string, key: string): Promise<string[]> {
  const name = createHash('sha256').update(key).digest('hex')
  const claims: string[] = []
  for (;;) {
    const file = `${name.slice(0, 32)}.${etag.slice(0, 100)}.${claims.length}`
    try {
      const claimed = await folder.openScratch(file)
      await claimed.file.close()
      return [...claims, claimed.path]
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      const path = await folder.makeScratch(file)
      if (!(await isOld(path))) throw precondition(key, 'it is being changed')
      claims.push(path)
    }
  }
}

async function isOld(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > minute
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

async function currentEtag(path: string): Promise<string | undefined> {
  try {
    const stats = await lstat(path, { bigint: true })
    return stats.isFile() ? etagOf(stats) : undefined
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

const precondition = (key: string, why: string) =>
  new BackendError('precondition', `\`${key}\` was not written: ${why}`)
