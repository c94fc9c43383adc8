import { randomUUID } from 'node:crypto'
import {
  existsSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** A living owner touches its file so often, and is taken for dead after so long: both in milliseconds. */
const renewEvery = 5_000
const leaseTime = 60_000

/** Which build a folder belongs to. */
export interface Owner {
  id: string
  pid: number
  machine: string
}

/** The name of the owner's file in the folder. */
export const ownerFile = 'owner.json'

/**
 * The right of one build to a folder. The process id of a dead owner may be another program's by now, and a folder
 * may be shared with another machine or container. So what counts is that the owner's file was touched lately; the
 * process id only shows, on the same machine, that an owner is dead already.
 */
export class Lease {
  readonly id = randomUUID()
  readonly #folder: string
  #renewed = 0
  #timer: NodeJS.Timeout | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Makes a folder ours that nobody else uses; it may be renamed to the lease's folder then. */
  write(folder = this.#folder): void {
    const owner: Owner = { id: this.id, pid: process.pid, machine }
    const file = join(folder, ownerFile)
    writeFileSync(`${file}.${this.id}`, JSON.stringify(owner))
    renameSync(`${file}.${this.id}`, file)
  }

  /**
   * Takes the folder over from an owner that is dead.
   * @returns The owner, if it lives or if another build was faster; undefined if the folder is ours now
   */
  takeOver(): Owner | undefined {
    const owner = readOwner(this.#folder)
    if (isAlive(this.#folder, owner)) return owner
    const file = join(this.#folder, ownerFile)
    if (existsSync(file)) {
      // Of two that take over, one finds the file to rename.
      const taken = `${file}.${this.id}`
      try {
        renameSync(file, taken)
      } catch {
        return readOwner(this.#folder)
      }
      const found = JSON.stringify(readOwner(this.#folder, taken))
      if (found !== JSON.stringify(owner)) {
        renameSync(taken, file)
        return readOwner(this.#folder)
      }
      rmSync(taken)
    }
    this.write()
    return this.isHeld() ? undefined : readOwner(this.#folder)
  }

  /** Renews it from now on. */
  start(): void {
    this.#renewed = Date.now()
    this.#timer = setInterval(() => this.renew(), renewEvery).unref()
  }

  /** Long synchronous work calls this: it keeps the timer waiting. */
  renew(): void {
    const now = Date.now()
    if (now - this.#renewed < renewEvery) return
    this.#renewed = now
    if (this.isHeld()) this.#touch(now)
  }

  /** False once another build has taken the folder over, because this process was stopped for too long. */
  isHeld(): boolean {
    return readOwner(this.#folder).id === this.id
  }

  /** The folder stays; the next build or publish takes it over at once. */
  release(): void {
    this.stop()
    if (this.isHeld()) this.#touch(0)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #touch(time: number): void {
    try {
      utimesSync(join(this.#folder, ownerFile), time / 1000, time / 1000)
    } catch {
      // The folder is gone, or cannot be written now: the next renewal or the build itself will tell.
    }
  }
}

/** This machine. In a container, process ids are of its own. */
const machine = `${hostname()} ${pidNamespace()}`

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

const nobody: Owner = { id: '', pid: 0, machine: '' }

function readOwner(folder: string, file = join(folder, ownerFile)): Owner {
  try {
    return { ...nobody, ...(JSON.parse(readFileSync(file, 'utf8')) as Partial<Owner>) }
  } catch {
    return nobody
  }
}

function isAlive(folder: string, owner: Owner): boolean {
  if (owner.machine === machine && !processExists(owner.pid)) return false
  const file = join(folder, ownerFile)
  // While a build takes a folder over, the folder has no owner for a moment.
  const stats = statSync(file, { throwIfNoEntry: false }) ?? statSync(folder, { throwIfNoEntry: false })
  return stats !== undefined && Math.abs(Date.now() - stats.mtimeMs) < leaseTime
}

function processExists(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
