import { createHash, randomUUID } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Source } from '../backend.ts'
import { changed, readRange } from '../source.ts'
import { distinctTime, etagOf } from './etag.ts'
import { codeOf } from './failure.ts'
import type { Folder } from './folder.ts'

const chunk = 8 * 1024 * 1024
const hour = 3_600_000

/** Writes the content into a file where no listing looks, ready to be moved into place. */
export async function stage(
  folder: Folder,
  key: string,
  source: Source,
): Promise<{ path: string; etag: string }> {
  const { path, file } = await folder.openScratch(randomUUID())
  try {
    const md5 = createHash('md5')
    for (let start = 0; start < source.size; start += chunk) {
      const bytes = await readRange(source, key, start, Math.min(start + chunk, source.size))
      md5.update(bytes)
      await file.writeFile(bytes)
    }
    if (md5.digest('hex') !== source.md5) throw changed(key, 'has another MD5 than announced')
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

/** Removes what processes that died left half-written; nothing that lives takes an hour to write on. */
export async function sweep(folder: Folder): Promise<void> {
  const scratch = dirname(await folder.makeScratch('any'))
  for (const name of await namesIn(scratch)) {
    const path = join(scratch, name)
    if (Date.now() - (await modified(path)) > hour) await rm(path, { force: true })
  }
}

/** Nothing where another publish removed the folder when it ended. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

async function modified(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs
  } catch (error) {
    // Moved into place or removed meanwhile.
    if (codeOf(error) === 'ENOENT') return Infinity
    throw error
  }
}
