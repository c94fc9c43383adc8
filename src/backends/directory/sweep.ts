import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf } from './failure.ts'
import type { Folder } from './folder.ts'

const hour = 3_600_000

/** Removes scratch files that nothing has written to for an hour: their process died. */
export async function sweep(folder: Folder): Promise<void> {
  const scratch = dirname(await folder.makeScratch('any'))
  for (const name of await namesIn(scratch)) {
    const path = join(scratch, name)
    if (Date.now() - (await modified(path)) > hour) await rm(path, { force: true })
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    // A publish that just ended removed the folder.
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

async function modified(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs
  } catch (error) {
    // Its process moved or removed it.
    if (codeOf(error) === 'ENOENT') return Infinity
    throw error
  }
}
