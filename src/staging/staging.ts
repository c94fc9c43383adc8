import {
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DistillError } from '../errors.ts'
import { type Commit, type Place, finishCommit, hasCommit, recordCommit, stagedManifest } from './commit.ts'
import { Lease, type Owner, ownerFile } from './lease.ts'
import { checkCommit, checkPlace } from './preflight.ts'
import { writeFailed, writing } from './write-failed.ts'

/** Characters of the manifest that one write holds. */
const writeSize = 1 << 18

/**
 * New and changed files wait in `<outDir>.staging` until every page has rendered. The commit then begins with a
 * record of what to do, put there by a rename: if the process dies while it moves files, the next command finishes
 * the commit; if it dies earlier, the site stays as it was.
 */
export class Staging {
  /** The folder for new and changed files. */
  readonly site: string
  readonly #place: Place
  readonly #lease: Lease

  private constructor(place: Place, lease: Lease) {
    this.#place = place
    this.#lease = lease
    // A build that was stopped for long and lost the folder to another one does not write among its files.
    this.site = join(place.stagingDir, `site-${lease.id}`)
    writing(this.site, () => mkdirSync(this.site))
    lease.start()
  }

  /**
   * Takes the staging folder for this build, after finishing or discarding what a build that died left in it.
   * @throws {DistillError} `BUILD_BUSY` while another build of the site runs, `WRITE_FAILED` if the site cannot be written
   */
  static open(place: Place): Staging {
    checkPlace(place)
    const lease = new Lease(place.stagingDir)
    if (!create(place, lease)) {
      const owner = lease.takeOver()
      if (owner) throw busy(place, owner)
      clear(place, lease)
    }
    return new Staging(place, lease)
  }

  /**
   * Moves the staged files and the manifest into place and removes the orphans.
   * @param manifest The lines of the new manifest
   * @throws {DistillError} `WRITE_FAILED`. If nothing was moved so far, nothing will be; else the next command goes on
   */
  commit(manifest: Iterable<string>, { orphans, aside }: Pick<Commit, 'orphans' | 'aside'>): void {
    const place = this.#place
    if (!this.#lease.isHeld()) {
      throw new DistillError(
        'BUILD_BUSY',
        `this build was stopped for so long that another one took over \`${place.stagingDir}\``,
        { hint: 'Run it again when the other one is done.' },
      )
    }
    const commit: Commit = { site: `site-${this.#lease.id}`, orphans, aside }
    checkCommit(place, commit)
    writing(stagedManifest(place), () => writeLines(stagedManifest(place), manifest))
    recordCommit(place, commit)
    finishCommit(place, () => this.#lease.renew())
    this.close()
  }

  /** Ends it. Unless a commit has begun, the site stays as it was. A second call does nothing. */
  close(): void {
    this.#lease.stop()
    if (!this.#lease.isHeld()) return
    if (hasCommit(this.#place)) this.#lease.release()
    else remove(this.#place)
  }
}

/**
 * Finishes the commit of a build that died in the middle of it. Does nothing while that build lives.
 * @throws {DistillError} `WRITE_FAILED`
 */
export function finishInterruptedCommit(place: Place): void {
  if (!hasCommit(place)) return
  const lease = new Lease(place.stagingDir)
  if (lease.takeOver()) return
  clear(place, lease)
  remove(place)
}

/** The folder appears by a rename with its owner already in it: if two builds start at once, one rename fails. */
function create({ stagingDir }: Place, lease: Lease): boolean {
  const own = `${stagingDir}.${lease.id}`
  writing(own, () => {
    mkdirSync(own, { recursive: true })
    lease.write(own)
  })
  try {
    renameSync(own, stagingDir)
    return true
  } catch (error) {
    rmSync(own, { recursive: true })
    if (!existsSync(stagingDir)) throw writeFailed(stagingDir, error)
    return false
  }
}

/** Finishes a commit that has begun, and empties the folder but for its owner. */
function clear(place: Place, lease: Lease): void {
  if (hasCommit(place)) {
    try {
      finishCommit(place, () => lease.renew())
    } catch (error) {
      lease.release()
      throw error
    }
  }
  for (const name of readdirSync(place.stagingDir))
    if (name !== ownerFile) rmSync(join(place.stagingDir, name), { recursive: true, force: true })
}

/** The owner goes last: a folder without one could be that of a build which just takes it over. */
function remove({ stagingDir }: Place): void {
  for (const name of readdirSync(stagingDir).filter((name) => name !== ownerFile))
    rmSync(join(stagingDir, name), { recursive: true, force: true })
  rmSync(join(stagingDir, ownerFile), { force: true })
  try {
    rmdirSync(stagingDir)
  } catch {
    // Another build has just made it its own.
  }
}

const busy = ({ outDir, stagingDir }: Place, { pid, machine }: Owner) =>
  new DistillError(
    'BUILD_BUSY',
    `another build (${pid ? `process ${pid} on ${machine.split(' ')[0]}` : 'begun at the same moment'}) is distilling into \`${outDir}\``,
    { hint: `Wait for it. If it was killed, try again in a minute, or delete \`${stagingDir}\`.` },
  )

function writeLines(path: string, lines: Iterable<string>): void {
  const file = openSync(path, 'w')
  try {
    let text = ''
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
