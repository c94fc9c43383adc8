// Paths, and the folders that have to exist before a measurement.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statfsSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const bench = import.meta.dirname
export const repository = resolve(bench, '..')
/** All measured output goes here, on the repository's own disk. */
export const work = join(bench, '.work')
export const results = join(bench, 'results')
const runs = join(work, 'runs')

export const node = process.execPath
export const cli = join(repository, 'dist/cli/index.js')
export const vite = join(repository, 'node_modules/vite/bin/vite.js')
export const app = join(bench, 'apps/distill')

/** The magic numbers of the file systems that are in memory: tmpfs and ramfs. */
const inMemory = new Set([0x01021994, 0x858458f6])

export function prepareFolders() {
  if (!existsSync(cli)) throw new Error('there is no `dist`: run `npm ci && npm run build` first')
  for (const folder of [runs, results]) mkdirSync(folder, { recursive: true })
  try {
    // Makes ext4 spread the folders over the disk. Other file systems do not have this.
    execFileSync('chattr', ['+T', runs], { stdio: 'ignore' })
  } catch {}
  if (inMemory.has(statfsSync(work).type)) throw new Error(`${work} is in memory; a real disk is needed`)
}

let folders = 0

/**
 * The path of a new folder for one run. All folders are removed at the very end: ext4 does not reuse the inodes of
 * files that were removed in the last minutes, and checks each of them for every new file, so that creating files
 * takes up to ten times as long.
 */
export function newFolder() {
  return join(runs, `${process.pid}-${folders++}`)
}

/** Removes the folders of all runs. */
export function removeFolders() {
  // `rm` removes millions of files many times faster than Node.
  execFileSync('rm', ['-rf', runs])
}
