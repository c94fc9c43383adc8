import { createHash, randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { Source } from '../backend.ts'
import { partSize } from '../parts.ts'
import { changed, readRange } from '../source.ts'
import { distinctTime, etagOf } from './etag.ts'
import type { Folder } from './folder.ts'

/** Writes a content into a scratch file, ready to be moved to its key. */
export async function stage(
  folder: Folder,
  key: string,
  source: Source,
): Promise<{ path: string; etag: string }> {
  const { path, file } = await folder.openScratch(randomUUID())
  try {
    const md5 = createHash('md5')
    for (let start = 0; start < source.size; start += partSize) {
      const bytes = await readRange(source, key, start, Math.min(start + partSize, source.size))
      md5.update(bytes)
      await file.writeFile(bytes)
    }
    if (md5.digest('hex') !== source.md5) throw changed(key, 'its MD5 differs')
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
