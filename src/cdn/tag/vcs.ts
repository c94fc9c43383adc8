import { execFileSync } from 'node:child_process'

/** The folders whose uncommitted changes count. */
export interface Scope {
  /** The app's folder. */
  root: string
  /** More folders or files that belong to the site. */
  more?: readonly string[]
  /** What builds and publishes write: changes there do not count. */
  except?: readonly string[]
}

/** The commit of a folder, or why there is none. */
export type Commit = { id: string; changes: string | undefined } | { none: string; refused?: true }

/** Milliseconds after which a version control is stopped. */
const timeout = 30_000

/** Runs a version control. Returns its standard output; throws what `execFileSync` throws. */
export function run(command: string, cwd: string, args: readonly string[]): string {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    maxBuffer: 1 << 30,
    windowsHide: true,
    // Its messages are parsed, so they have to be in English. Reading must not change the repository.
    env: { ...process.env, LC_ALL: 'C', LANGUAGE: '', HGPLAIN: '1', GIT_OPTIONAL_LOCKS: '0' },
  })
}

/** What `execFileSync` throws. */
export interface Failed extends Error {
  code?: string
  stdout?: string
  stderr?: string
}
