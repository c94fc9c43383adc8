import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DistillError } from '../errors.ts'
import { unsafeKey } from '../keys.ts'
import { journalFile } from '../manifest-journal.ts'
import { writeFailed, writing } from './write-failed.ts'

/** The places of a site on disk. */
export interface Place {
  outDir: string
  /** Holds new and changed files until every page has rendered. */
  stagingDir: string
  manifestFile: string
  /** What the build knows of its pages, beside the manifest. */
  cacheFile: string
}

/** What a commit does, recorded in the staging folder before the first file is moved. */
export interface Commit {
  /** The folder in the staging folder that holds the new files. */
  site: string
  /** Keys to remove from the site. */
  orphans: readonly string[]
  /** Keys whose old files are moved to another folder instead of being replaced, and that folder. */
  aside?: { folder: string; keys: readonly string[] }
}

const recordOf = ({ stagingDir }: Place) => join(stagingDir, 'commit.json')

/** The new manifest, until it is moved beside the site. */
export const stagedManifest = ({ stagingDir }: Place): string => join(stagingDir, 'manifest.jsonl')

/** What the build knows of its pages, until it is moved beside the site. A build may record nothing. */
export const stagedCache = ({ stagingDir }: Pick<Place, 'stagingDir'>): string =>
  join(stagingDir, 'cache.jsonl')

/** Files for hosts: `<stagingDir>/nginx.conf` until it is moved to `<outDir>.nginx.conf`. A build may write none. */
export const hostConfigs = ['nginx.conf', 'cloudfront-function.js'] as const

/** Whether a commit has begun and not ended. */
export const hasCommit = (place: Place): boolean => existsSync(recordOf(place))

/** Records the commit. From here on it is finished, by this process or by the next command. */
export function recordCommit(place: Place, commit: Commit): void {
  const record = recordOf(place)
  writing(record, () => {
    writeFileSync(`${record}.tmp`, JSON.stringify(commit))
    renameSync(`${record}.tmp`, record)
  })
}

function readCommit(place: Place): Commit {
  const record = recordOf(place)
  try {
    const commit = JSON.parse(readFileSync(record, 'utf8')) as Commit
    if (unsafeKey(commit.site) === undefined && Array.isArray(commit.orphans)) return commit
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw writeFailed(record, error)
  }
  throw new DistillError('WRITE_FAILED', `cannot read \`${record}\`: it is damaged`, {
    hint: `Delete \`${place.stagingDir}\`, then run \`vite build\`.`,
  })
}

/**
 * Does what was recorded, or the rest of it: every step can be repeated, because the process may die at any of them.
 * @param onMove Called before each move
 * @throws {DistillError} `WRITE_FAILED`
 */
export function finishCommit(place: Place, onMove: () => void): void {
  const { site, orphans, aside } = readCommit(place)
  const { outDir } = place
  const from = join(place.stagingDir, site)
  const asideKeys = new Set(aside?.keys)
  const moveAside = (key: string) => {
    if (aside && asideKeys.has(key)) setAside(place, aside.folder, key)
  }
  try {
    if (existsSync(from)) {
      if (existsSync(outDir)) {
        // First the orphans that block a new file: a file where a folder goes, or the reverse.
        removeOrphans(
          outDir,
          orphans.filter((orphan) => blocks(orphan, from)),
        )
        moveFolder(from, outDir, { outDir, onMove, moveAside })
      } else {
        writing(outDir, () => {
          mkdirSync(dirname(outDir), { recursive: true })
          renameSync(from, outDir)
        })
      }
    }
    removeOrphans(outDir, orphans)
    for (const name of hostConfigs) moveStaged(join(place.stagingDir, name), `${outDir}.${name}`)
    moveStaged(stagedCache(place), place.cacheFile)
    moveStaged(stagedManifest(place), place.manifestFile)
    // The build has read its lines: they were part of the last site.
    rmSync(journalFile(place.manifestFile), { force: true })
    // The record goes first: without it, the next command discards the rest.
    writing(recordOf(place), () => rmSync(recordOf(place)))
  } catch (error) {
    if (!(error instanceof DistillError)) throw error
    throw new DistillError(error.code, `the new site is not wholly in place: ${error.message}`, {
      hint: 'Correct that, then run the command again: it finishes what is left.',
      cause: error.cause,
    })
  }
}

/** Moves a file, unless an earlier attempt has. */
function moveStaged(from: string, to: string): void {
  if (existsSync(from)) writing(to, () => renameSync(from, to))
}

function blocks(orphan: string, site: string): boolean {
  for (let slash = orphan.indexOf('/'); slash > 0; slash = orphan.indexOf('/', slash + 1)) {
    const folder = statSync(join(site, orphan.slice(0, slash)), { throwIfNoEntry: false })
    if (!folder?.isDirectory()) return folder !== undefined
  }
  return existsSync(join(site, orphan))
}

interface Moving {
  outDir: string
  onMove: () => void
  moveAside: (key: string) => void
}

/** @param prefix The key of the folder, with a `/` at its end; `''` for the whole site */
function moveFolder(from: string, to: string, moving: Moving, prefix = ''): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    const key = prefix + entry.name
    moving.onMove()
    writing(target, () => {
      const there = lstatSync(target, { throwIfNoEntry: false })
      if (entry.isDirectory()) {
        if (there?.isSymbolicLink()) throw writeFailed(target, aLink)
        if (there || !renamed(source, target)) {
          if (!there) mkdirSync(target)
          moveFolder(source, target, moving, `${key}/`)
        }
        return
      }
      if (there?.isDirectory()) removeEmptyFolders(target)
      else if (there) moving.moveAside(key)
      if (!renamed(source, target)) copyOver(source, target, moving.outDir)
    })
  }
}

export const aLink = 'a symbolic link is there, and nothing is written through one'

/** Returns false if the site is on another file system than the folder beside it: a mounted volume. */
function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EXDEV') return false
    throw error
  }
}

/** Copies and renames, so that a visitor never gets half a file. The copy has one name: a repetition replaces it. */
function copyOver(from: string, to: string, outDir: string): void {
  const copy = join(outDir, '.vite-distill.tmp')
  copyFileSync(from, copy)
  renameSync(copy, to)
  unlinkSync(from)
}

function setAside({ outDir }: Place, folder: string, key: string): void {
  const to = join(folder, key)
  mkdirSync(dirname(to), { recursive: true })
  if (renamed(join(outDir, key), to)) return
  copyFileSync(join(outDir, key), to)
}

/** Removes a folder that has no file in it. Fails where there is one. */
function removeEmptyFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name))
  rmdirSync(folder)
}

/** Removes files, and the folders that they leave empty. Follows no symbolic link. */
function removeOrphans(outDir: string, keys: readonly string[]): void {
  for (const key of keys) {
    if (unsafeKey(key) !== undefined || !isBelowFolders(outDir, key)) continue
    const path = join(outDir, key)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    // A folder of new pages may have taken its place.
    if (stats && !stats.isDirectory()) writing(path, () => unlinkSync(path))
    for (let folder = dirname(key); folder !== '.'; folder = dirname(folder)) {
      try {
        rmdirSync(join(outDir, folder))
      } catch {
        break
      }
    }
  }
}

/** Whether no folder above the file is a symbolic link. A missing one is none. */
export function isBelowFolders(outDir: string, key: string): boolean {
  for (let slash = key.indexOf('/'); slash > 0; slash = key.indexOf('/', slash + 1)) {
    const folder = lstatSync(join(outDir, key.slice(0, slash)), { throwIfNoEntry: false })
    if (!folder) return true
    if (!folder.isDirectory()) return false
  }
  return true
}
