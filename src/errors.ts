import { inspect } from 'node:util'

/**
 * Every error code, with the exit code of a command that fails with it:
 * 1 the build or a render failed · 2 usage or config · 3 refused for safety, nothing changed ·
 * 4 some transfers failed, nothing deleted · 5 published but not purged or verified ·
 * 6 locked by another publish · 7 not authorised · 130 stopped on request.
 */
const exitCodes = {
  ENTRY_FAILED: 1,
  ENTRY_INVALID: 1,
  PARAMS_INVALID: 1,
  PATH_UNSAFE: 1,
  COLLISION: 1,
  REDIRECT_LOOP: 1,
  PAGES_FAILED: 1,
  RENDERED_FAILED: 1,
  APP_EXITED: 1,
  APP_CRASHED: 1,
  BUILD_FAILED: 1,
  BUILD_BUSY: 1,
  FILES_UNMANAGED: 1,
  SERVER_EXPOSED: 1,
  FILE_PRIVATE: 1,
  PRECACHE_STALE: 1,
  PAGES_DIFFER: 1,
  LINKS_BROKEN: 1,
  CACHE_STALE: 1,
  WRITE_FAILED: 1,
  HOST_FILE_INVALID: 1,

  USAGE: 2,
  OPTION_INVALID: 2,
  CONFIG_FAILED: 2,
  ENTRY_MISSING: 2,
  NOT_BUILT: 2,
  MANIFEST_INVALID: 2,
  REPORT_INVALID: 2,
  PLAN_INVALID: 2,
  TARGET_UNKNOWN: 2,
  SDK_MISSING: 2,
  BUCKET_MISSING: 2,
  INIT_REFUSED: 2,

  PLAN_MISMATCH: 3,
  SHARDS_INVALID: 3,
  SITE_EMPTY: 3,
  SITE_CHANGED: 3,
  SITE_INCOMPLETE: 3,
  SITE_FOREIGN: 3,
  SITE_REMOTE: 3,
  SITE_OLDER: 3,
  INDEX_MISSING: 3,
  TOO_MANY_DELETES: 3,
  DELETES_UNCONFIRMED: 3,
  OVERWRITES_UNCONFIRMED: 3,
  CHANGES_UNCONFIRMED: 3,
  STATE_UNKNOWN: 3,
  STATE_DAMAGED: 3,
  STATE_MISPLACED: 3,
  KEYS_REFUSED: 3,
  PAGES_REFUSED: 3,
  RELEASE_UNKNOWN: 2,
  RELEASE_INCOMPLETE: 3,

  TRANSFER_FAILED: 4,
  UNREACHABLE: 4,

  PURGE_FAILED: 5,
  UNVERIFIED: 5,
  LOCKED: 6,
  UNAUTHORISED: 7,
  INTERRUPTED: 130,
} as const

export type ErrorCode = keyof typeof exitCodes

export interface ErrorDetails {
  /** What to do about it: one sentence or a short list of lines. */
  hint?: string
  /** The error underneath. `--logLevel info` shows it with its stack. */
  cause?: unknown
}

/** The base of all errors of this package: `message` says what failed and why, `hint` what to do. */
export class DistillError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, { hint, cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DistillError'
    this.code = code
    this.hint = hint
  }

  /** What Vite and Node print for it. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return withoutCommands(describeError(this))
  }

  /** The exit code of a command that fails with this error. */
  get exitCode(): number {
    return exitCodes[this.code]
  }
}

/** The message of any thrown value, which may be anything: an object without a prototype, or a getter that throws. */
export function messageOf(error: unknown): string {
  try {
    if (typeof error !== 'object' || error === null) return String(error)
    if ('message' in error && typeof error.message === 'string') return error.message
    return inspect(error, { depth: 1, breakLength: Infinity })
  } catch {
    return 'an error whose message cannot be read'
  }
}

/** How many problems an error lists; it counts the rest. */
const problemsShown = 20

/** A message with one line for each problem. */
export const listProblems = (message: string, problems: readonly string[]): string =>
  [
    message,
    ...problems.slice(0, problemsShown).map((problem) => `  ${problem}`),
    ...(problems.length > problemsShown ? [`  and ${problems.length - problemsShown} more`] : []),
  ].join('\n')

/**
 * A text from elsewhere, such as a key or a message of a storage, as one line of a terminal: control characters but
 * the tab, and those that change the direction of text, are escaped as in JSON.
 */
export const printable = (text: string): string =>
  // oxlint-disable-next-line no-control-regex
  text.replace(/[\u0000-\b\n-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, escaped)

/**
 * A text that GitHub Actions takes no workflow command from, on whatever line. Its runner looks for `::` at the start
 * of a line and for `##[` anywhere, past characters that are not seen. Elsewhere than on GitHub: the text as it is.
 */
export const withoutCommands = (text: string, env: NodeJS.ProcessEnv = process.env): string =>
  env.GITHUB_ACTIONS === 'true'
    ? text.replace(/^([\p{Z}\p{C}\p{M}]*):|#(?=[\p{C}\p{M}]*#[\p{C}\p{M}]*\[)/gmu, (found, before?: string) =>
        before === undefined ? escaped(found) : `${before}${escaped(':')}`,
      )
    : text

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** The text of an error for a person: its message, its hint and the stack of its cause. */
export function describeError(error: unknown): string {
  if (!(error instanceof DistillError))
    return error instanceof Error ? (error.stack ?? error.message) : messageOf(error)
  const stack = error.cause instanceof Error ? error.cause.stack : undefined
  return [error.message, ...(error.hint ? [`  ${error.hint}`] : []), ...(stack ? [stack] : [])].join('\n')
}
