import { fileURLToPath } from 'node:url'
import { DistillError, messageOf } from '../errors.ts'
import type { SerializedError } from './messages.ts'

/** Turns anything thrown into data that can cross a thread, with the stacks of its causes. Never throws. */
export function serializeError(error: unknown): SerializedError {
  const serialized: SerializedError = { message: messageOf(error), stack: '' }
  try {
    serialized.stack = stackOf(error instanceof DistillError ? error.cause : error)
    if (!(error instanceof DistillError)) return serialized
    serialized.code = error.code
    if (error.hint !== undefined) serialized.hint = error.hint
  } catch {
    // A proxy, or a getter that throws. The message says what can be said.
  }
  return serialized
}

const ownFolder = new URL('..', import.meta.url)
const hiddenFrames = [ownFolder.href, fileURLToPath(ownFolder), 'node:']

const framesShown = 8
const causesShown = 4

/** The frames of an error and of its causes. */
function stackOf(error: unknown, seen = new Set<unknown>()): string {
  seen.add(error)
  const causes = causesOf(error).filter((cause) => cause !== undefined && !seen.has(cause))
  return [
    framesOf(error),
    ...causes
      .slice(0, causesShown)
      .flatMap((cause) => [`    caused by ${titleOf(cause)}`, stackOf(cause, seen)]),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

/** The frames of the user's own files, or those of packages if there are none. */
function framesOf(error: unknown): string {
  const stack = read(error, 'stack')
  if (typeof stack !== 'string') return ''
  const frames = stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !hiddenFrames.some((frame) => line.includes(frame)))
  const userFrames = frames.filter((line) => !/[\\/]node_modules[\\/]/.test(line))
  return (userFrames.length > 0 ? userFrames : frames).slice(0, framesShown).join('\n')
}

/** The `cause` of an error, or the `errors` of an `AggregateError`. */
function causesOf(error: unknown): unknown[] {
  const cause = read(error, 'cause')
  const errors = read(error, 'errors')
  // The `cause` of h3's error is what its constructor was given, where the real one may be in.
  const real = read(error, 'name') === 'HTTPError' && !(cause instanceof Error) ? read(cause, 'cause') : cause
  return [real, ...(Array.isArray(errors) ? (errors as unknown[]) : [])]
}

function titleOf(error: unknown): string {
  const name = error instanceof Error ? read(error, 'name') : undefined
  return typeof name === 'string' ? `${name}: ${messageOf(error)}` : messageOf(error)
}

/** A property of anything; undefined if there is none or it cannot be read. */
function read(value: unknown, key: string): unknown {
  try {
    return (value as Record<string, unknown> | null | undefined)?.[key]
  } catch {
    return undefined
  }
}

/** The error again, on the other side of the thread. */
export function deserializeError({ message, stack, code, hint }: SerializedError): DistillError {
  return new DistillError(code ?? 'APP_CRASHED', message, {
    hint,
    cause: stack ? withStack(message, stack) : undefined,
  })
}

/** An error that shows this stack. */
export function withStack(message: string, stack: string): Error {
  const error = new Error(message)
  error.stack = stack
  return error
}
