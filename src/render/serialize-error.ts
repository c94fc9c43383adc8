import { fileURLToPath } from 'node:url'
import { DistillError } from '../errors.ts'
import type { Thrown } from './messages.ts'

/** Turns anything thrown into data that can cross a thread, with the stacks of its causes. */
export function toThrown(error: unknown): Thrown {
  if (!(error instanceof Error)) return { message: String(error), stack: '' }
  const thrown: Thrown = { message: error.message, stack: stackOf(error) }
  if (error instanceof DistillError) {
    thrown.code = error.code
    if (error.hint !== undefined) thrown.hint = error.hint
  }
  return thrown
}

const own = new URL('..', import.meta.url)
const ownFrames = [own.href, fileURLToPath(own), 'node:']

const framesShown = 8

/** The frames that are the user's to read: their own, or those of packages where there are none. */
function stackOf(error: Error): string {
  const source = error instanceof DistillError ? error.cause : error
  if (!(source instanceof Error)) return ''
  const frames = (source.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !ownFrames.some((frame) => line.includes(frame)))
  const theirs = frames.filter((line) => !/[\\/]node_modules[\\/]/.test(line))
  const cause =
    source.cause instanceof Error
      ? `\n    caused by ${source.cause.name}: ${source.cause.message}\n${stackOf(source.cause)}`
      : ''
  return (theirs.length > 0 ? theirs : frames).slice(0, framesShown).join('\n') + cause
}

/** The error again, on the other side. */
export function fromThrown({ message, stack, code, hint }: Thrown): DistillError {
  const cause = new Error(message)
  cause.stack = stack
  return new DistillError(code ?? 'APP_CRASHED', message, {
    ...(hint === undefined ? {} : { hint }),
    ...(stack ? { cause } : {}),
  })
}
