import { execFileSync } from 'node:child_process'

/** Where uncommitted changes count. */
export interface Scope {
  /** The app's folder. */
  root: string
  /** More folders or files that the site is made of. */
  more?: readonly string[]
  /** What builds and publishes write. */
  except?: readonly string[]
}

/** What a version control says of a folder: its commit, or why it has none to give. */
export type Commit = { id: string; changes: string | undefined } | { none: string; refused?: true }

/** Milliseconds before a version control is given up. */
const patience = 30_000

/** Runs a version control, and gives its standard output. Throws what `execFileSync` throws. */
export function run(command: string, cwd: string, args: readonly string[]): string {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patience,
    maxBuffer: 1 << 30,
    windowsHide: true,
    // Messages are read, so they have to be in English; and looking must not change the repository.
    env: { ...process.env, LC_ALL: 'C', LANGUAGE: '', HGPLAIN: '1', GIT_OPTIONAL_LOCKS: '0' },
  })
}

/** What `execFileSync` throws. */
export interface Failed extends Error {
  code?: string
  stdout?: string
  stderr?: string
}
