import { fileURLToPath } from 'node:url'
import { DistillError } from '../errors.ts'
import type { SerializedError } from './messages.ts'

/** Turns anything thrown into data that can cross a thread, with the stacks of its causes. */
export function serializeError(error: unknown): SerializedError {
  if (!(error instanceof Error)) return { message: String(error), stack: '' }
  const serialized: SerializedError = { message: error.message, stack: stackOf(error) }
  if (error instanceof DistillError) {
    serialized.code = error.code
    if (error.hint !== undefined) serialized.hint = error.hint
  }
  return serialized
}

const ownFolder = new URL('..', import.meta.url)
const hiddenFrames = [ownFolder.href, fileURLToPath(ownFolder), 'node:']

const framesShown = 8

/** The frames of the user's own files, or those of packages if there are none. */
function stackOf(error: Error): string {
  const source = error instanceof DistillError ? error.cause : error
  if (!(source instanceof Error)) return ''
  const frames = (source.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !hiddenFrames.some((frame) => line.includes(frame)))
  const userFrames = frames.filter((line) => !/[\\/]node_modules[\\/]/.test(line))
  const cause =
    source.cause instanceof Error
      ? `\n    caused by ${source.cause.name}: ${source.cause.message}\n${stackOf(source.cause)}`
      : ''
  return (userFrames.length > 0 ? userFrames : frames).slice(0, framesShown).join('\n') + cause
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
