import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DistillError } from '../../errors.ts'
import type { ManifestHeader } from '../../manifest.ts'
import { journalFile } from '../../manifest-journal.ts'
import type { ResolvedOptions } from '../../options.ts'

/**
 * New and changed files wait in `<outDir>.staging` until every page has rendered. The commit then begins with a
 * record of what to do (`commit.json`, put there by a rename): if the process dies while it moves files, the next
 * build finishes the commit; if it dies earlier, the site stays as it was.
 */
type Place = Pick<ResolvedOptions, 'outDir' | 'stagingDir' | 'manifestFile'>

/** Characters of the manifest that one write holds. */
const writeSize = 1 << 18

const paths = ({ stagingDir }: Place) => ({
  owner: join(stagingDir, 'pid'),
  site: join(stagingDir, 'site'),
  manifest: join(stagingDir, 'manifest.jsonl'),
  commit: join(stagingDir, 'commit.json'),
})

/**
 * Takes the staging directory for this build, after finishing or discarding what a build that died left in it.
 * @returns The directory for new and changed files
 * @throws {DistillError} `BUILD_BUSY` while another build of the site runs
 */
export function openStaging(place: Place): string {
  const { owner, site, commit } = paths(place)
  if (existsSync(place.stagingDir)) {
    const pid = existsSync(owner) ? Number(readFileSync(owner, 'utf8')) : Number.NaN
    if (isAlive(pid)) throw busy(place, `process ${pid}`)
    if (existsSync(commit)) finishCommit(place)
    else discard(place)
  }
  // The directory appears by a rename with its `pid` already in it: if two builds start at once, one rename fails.
  const own = { ...place, stagingDir: `${place.stagingDir}.${process.pid}` }
  mkdirSync(paths(own).site, { recursive: true })
  writeFileSync(paths(own).owner, String(process.pid))
  try {
    renameSync(own.stagingDir, place.stagingDir)
  } catch (error) {
    discard(own)
    if (existsSync(place.stagingDir)) throw busy(place, 'begun at the same moment')
    throw error
  }
  return site
}

const busy = ({ outDir, stagingDir }: Place, who: string) =>
  new DistillError('BUILD_BUSY', `another build (${who}) is distilling into \`${outDir}\``, {
    hint: `Wait for it. If there is none, delete \`${stagingDir}\`.`,
  })

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Leaves the site as it was. If the commit has begun, the next build finishes it. */
export function discardStaging(place: Place): void {
  if (!existsSync(paths(place).commit)) discard(place)
}

const discard = ({ stagingDir }: Place) => rmSync(stagingDir, { recursive: true, force: true })

/**
 * Moves the staged files and the manifest into place and removes the orphans.
 * @param lines The manifest's lines after its header
 * @param orphans Keys to remove from the site
 */
export function commitStaging(
  place: Place,
  header: ManifestHeader,
  lines: Iterable<string>,
  orphans: readonly string[],
): void {
  const { manifest, commit } = paths(place)
  writeLines(manifest, header, lines)
  writeFileSync(`${commit}.tmp`, JSON.stringify(orphans))
  renameSync(`${commit}.tmp`, commit)
  finishCommit(place)
}

function writeLines(path: string, header: ManifestHeader, lines: Iterable<string>): void {
  const file = openSync(path, 'w')
  try {
    let text = `${JSON.stringify(header)}\n`
    for (const line of lines) {
      text += line
      if (text.length < writeSize) continue
      writeFileSync(file, text)
      text = ''
    }
    writeFileSync(file, text)
  } finally {
    closeSync(file)
  }
}

/** Every step can be repeated, because the process may die at any of them. */
function finishCommit(place: Place): void {
  const { site, manifest, commit } = paths(place)
  const orphans = JSON.parse(readFileSync(commit, 'utf8')) as string[]
  if (existsSync(site)) {
    if (existsSync(place.outDir)) {
      // First the orphans that block a new file: a file where a folder goes, or the reverse.
      removeFiles(
        place.outDir,
        orphans.filter((orphan) => blocks(orphan, site)),
      )
      moveInto(site, place.outDir)
    } else {
      mkdirSync(dirname(place.outDir), { recursive: true })
      renameSync(site, place.outDir)
    }
  }
  removeFiles(place.outDir, orphans)
  if (existsSync(manifest)) renameSync(manifest, place.manifestFile)
  // Its lines are part of the last site, which the build has read.
  rmSync(journalFile(place.manifestFile), { force: true })
  // The record goes first: without it, the next build discards the rest.
  rmSync(commit)
  discard(place)
}

function blocks(orphan: string, site: string): boolean {
  for (let slash = orphan.indexOf('/'); slash > 0; slash = orphan.indexOf('/', slash + 1)) {
    const folder = statSync(join(site, orphan.slice(0, slash)), { throwIfNoEntry: false })
    if (!folder?.isDirectory()) return folder !== undefined
  }
  return existsSync(join(site, orphan))
}

function moveInto(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory()) moveInto(join(from, entry.name), join(to, entry.name))
    else renameSync(join(from, entry.name), join(to, entry.name))
  }
}

/** Removes files and the folders that they leave empty. */
function removeFiles(dir: string, keys: readonly string[]): void {
  for (const key of keys) {
    const path = join(dir, key)
    // A folder of new pages may have taken its place.
    if (existsSync(path) && !statSync(path).isDirectory()) rmSync(path)
    for (let folder = dirname(key); folder !== '.'; folder = dirname(folder)) {
      try {
        rmdirSync(join(dir, folder))
      } catch {
        break
      }
    }
  }
}
