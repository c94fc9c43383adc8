import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, rm, type FileHandle } from 'node:fs/promises'
import type { Source } from '../backend.ts'
import { partSize } from '../parts.ts'
import { changed, readRange } from '../source.ts'
import { distinctTime, etagOf } from './etag.ts'
import type { Folder } from './folder.ts'

/** A scratch file, ready to be moved to its key. */
export interface Staged {
  path: string
  etag: string
}

/** Writes a content into a scratch file. */
export const stage = (folder: Folder, key: string, source: Source): Promise<Staged> =>
  stageBy(folder, async (file) => {
    const md5 = createHash('md5')
    for (let start = 0; start < source.size; start += partSize) {
      const bytes = await readRange(source, key, start, Math.min(start + partSize, source.size))
      md5.update(bytes)
      await file.writeFile(bytes)
    }
    if (md5.digest('hex') !== source.md5) throw changed(key, 'its MD5 differs')
  })

/**
 * Copies a file into a scratch file. Never a link: whoever edits one of the two in place would change both. A file
 * system that can share the content until then does.
 * @param check throws if the file that is copied is another one by now
 */
export const stageCopy = (folder: Folder, from: string, check: () => Promise<void>): Promise<Staged> =>
  stageBy(folder, async (file, path) => {
    const { mode } = await file.stat()
    try {
      await copyFile(from, path, constants.COPYFILE_FICLONE)
    } finally {
      await check()
    }
    // It has the permissions of the copied file now.
    await file.chmod(mode & 0o777)
  })

async function stageBy(
  folder: Folder,
  write: (file: FileHandle, path: string) => Promise<void>,
): Promise<Staged> {
  const { path, file } = await folder.openScratch(randomUUID())
  try {
    await write(file, path)
    const time = distinctTime()
    await file.utimes(time, time)
    return { path, etag: etagOf(await file.stat({ bigint: true })) }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}
