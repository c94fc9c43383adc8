import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { DistillError, type ErrorCode, messageOf } from '../errors.ts'
import type { DevError } from '../report/data.ts'

/**
 * An error as the page shows it.
 * @param code Of an error that is not this package's own
 */
export function devError(error: unknown, code: ErrorCode): DevError {
  const own = error instanceof DistillError ? error : undefined
  const thrown = own ? own.cause : error
  const shown: DevError = { code: own?.code ?? code, message: plain(messageOf(error)) }
  if (own?.hint !== undefined) shown.hint = own.hint
  if (thrown instanceof Error && thrown.stack !== undefined) shown.stack = ofApp(plain(thrown.stack))
  return shown
}

/** Compilers colour their messages for a terminal. */
const plain = (text: string) => stripVTControlCharacters(text)

const ownFolder = fileURLToPath(new URL('..', import.meta.url))

/** A stack without the lines of this package, which called the app. */
const ofApp = (stack: string) =>
  stack
    .split('\n')
    .filter((line) => !line.includes(ownFolder))
    .join('\n')
