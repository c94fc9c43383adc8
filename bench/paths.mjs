// Where everything is, and what must be there before anything can be measured.
import { existsSync, mkdirSync, renameSync, rmSync, statfsSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const bench = import.meta.dirname
export const repository = resolve(bench, '..')
/** What is measured is written here, on the repository's own disk. */
export const work = join(bench, '.work')
export const results = join(bench, 'results')
const trash = join(work, 'trash')

export const node = process.execPath
export const cli = join(repository, 'dist/cli.js')
export const vite = join(repository, 'node_modules/vite/bin/vite.js')
export const app = join(bench, 'apps/distill')

/** The file systems that are memory, by the number that the kernel gives them. */
const inMemory = new Set([0x01021994, 0x858458f6])

export function prepareFolders() {
  if (!existsSync(cli)) throw new Error('there is no `dist`: run `npm ci && npm run build` first')
  for (const folder of [trash, results]) mkdirSync(folder, { recursive: true })
  if (inMemory.has(statfsSync(work).type)) throw new Error(`${work} is in memory; a real disk is needed`)
}

let thrown = 0

/**
 * Takes an output away by renaming it. Removing it would spoil what is measured next: ext4 does not give out the
 * inodes of files that were removed in the last minutes, and looks at each of them again for every new file.
 */
export function throwAway(...paths) {
  for (const path of paths) if (existsSync(path)) renameSync(path, join(trash, `${process.pid}-${thrown++}`))
}

/** Really removes what was thrown away; only once nothing more is measured. */
export function emptyTrash() {
  rmSync(trash, { recursive: true, force: true })
}
