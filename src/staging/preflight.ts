import { type Dirent, accessSync, constants, existsSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Commit, type Place, aLink, hostConfigs, isBelowFolders } from './commit.ts'
import { writeFailed, writing } from './write-failed.ts'

/**
 * Checks the places of a site before anything is rendered.
 * @throws {DistillError} `WRITE_FAILED`
 */
export function checkPlace({ outDir, stagingDir, manifestFile, cacheFile }: Place): void {
  for (const folder of [outDir, stagingDir]) {
    const stats = writing(folder, () => lstatSync(folder, { throwIfNoEntry: false }))
    if (stats?.isSymbolicLink() && !existsSync(folder))
      throw writeFailed(folder, 'it is a symbolic link to a folder that does not exist')
    if (stats && !statSync(folder).isDirectory()) throw writeFailed(folder, 'a file is there')
  }
  // A site may be a link to a folder elsewhere: the user says so. The staging folder is emptied.
  if (lstatSync(stagingDir, { throwIfNoEntry: false })?.isSymbolicLink()) throw writeFailed(stagingDir, aLink)
  const beside = hostConfigs.map((name) => `${outDir}.${name}`)
  for (const file of [manifestFile, cacheFile, ...beside]) {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw writeFailed(file, 'a folder is there')
  }
}

/**
 * Checks all of a commit that can be checked before its first move.
 * @throws {DistillError} `WRITE_FAILED`, with the site as it was
 */
export function checkCommit({ outDir, stagingDir }: Place, { site, orphans }: Commit): void {
  if (!existsSync(outDir)) return
  const removed = new Set(orphans)
  checkFolder(join(stagingDir, site), outDir, '', removed)
  const folders = new Set(orphans.filter((key) => isBelowFolders(outDir, key)).map((key) => dirname(key)))
  for (const folder of folders) if (existsSync(join(outDir, folder))) checkWritable(join(outDir, folder))
}

function checkFolder(from: string, to: string, prefix: string, removed: ReadonlySet<string>): void {
  const entries = readdirSync(from, { withFileTypes: true })
  if (entries.length === 0) return
  const there = new Map<string, Dirent>()
  for (const entry of writing(to, () => readdirSync(to, { withFileTypes: true })))
    there.set(entry.name, entry)
  let writes = false
  for (const entry of entries) {
    const other = there.get(entry.name)
    const key = prefix + entry.name
    const target = join(to, entry.name)
    if (entry.isDirectory() && other?.isDirectory())
      checkFolder(join(from, entry.name), target, `${key}/`, removed)
    else {
      writes = true
      if (entry.isDirectory() && other && !removed.has(key)) {
        throw writeFailed(
          target,
          other.isSymbolicLink() ? aLink : 'a file is there, and the site needs a folder',
        )
      }
      if (!entry.isDirectory() && other?.isDirectory()) checkEmptied(target, `${key}/`, removed)
    }
  }
  if (writes) checkWritable(to)
}

/** Checks a folder that has to go, because the site needs a file there. */
function checkEmptied(folder: string, prefix: string, removed: ReadonlySet<string>): void {
  for (const entry of writing(folder, () => readdirSync(folder, { withFileTypes: true }))) {
    if (entry.isDirectory()) checkEmptied(join(folder, entry.name), `${prefix}${entry.name}/`, removed)
    else if (!removed.has(prefix + entry.name))
      throw writeFailed(folder, `the site needs a file there, and the folder holds \`${entry.name}\``)
  }
  checkWritable(folder)
}

const checkWritable = (folder: string): void =>
  writing(folder, () => accessSync(folder, constants.W_OK | constants.X_OK))
