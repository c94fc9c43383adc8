// Where everything is, and what must be there before anything can be measured.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statfsSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const bench = import.meta.dirname
export const repository = resolve(bench, '..')
/** What is measured is written here, on the repository's own disk. */
export const work = join(bench, '.work')
export const results = join(bench, 'results')
const runs = join(work, 'runs')

export const node = process.execPath
export const cli = join(repository, 'dist/cli/index.js')
export const vite = join(repository, 'node_modules/vite/bin/vite.js')
export const app = join(bench, 'apps/distill')

/** The file systems that are memory, by the number that the kernel gives them. */
const inMemory = new Set([0x01021994, 0x858458f6])

export function prepareFolders() {
  if (!existsSync(cli)) throw new Error('there is no `dist`: run `npm ci && npm run build` first')
  for (const folder of [runs, results]) mkdirSync(folder, { recursive: true })
  try {
    // Makes ext4 spread the folders in it over the disk; other file systems have no such thing.
    execFileSync('chattr', ['+T', runs], { stdio: 'ignore' })
  } catch {}
  if (inMemory.has(statfsSync(work).type)) throw new Error(`${work} is in memory; a real disk is needed`)
}

let folders = 0

/**
 * The path of a folder that is not there yet, for one run to write to. Nothing is removed until all is measured, and
 * each is elsewhere on the disk: ext4 does not give out the inodes of files that were removed in the last minutes, and
 * where many were, looks at each of them again for every new file. Then creating files takes up to ten times longer.
 */
export function newFolder() {
  return join(runs, `${process.pid}-${folders++}`)
}

/** Removes what the runs have written. */
export function removeFolders() {
  // There may be millions of files, and Node takes many times as long.
  execFileSync('rm', ['-rf', runs])
}
