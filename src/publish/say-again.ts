import { DistillError } from '../errors.ts'
import { InterruptedError } from './interrupted.ts'

/**
 * An error of a step that a publish has too, whose hint says to publish again: another command has to be repeated.
 * @param again What to do, in words that begin a sentence: `Unpublish again`
 */
export function sayAgain(error: unknown, again: string): unknown {
  if (error instanceof InterruptedError)
    return new InterruptedError(`${again}: it goes on with what is left.`)
  if (!(error instanceof DistillError)) return error
  const within = again.charAt(0).toLowerCase() + again.slice(1)
  const hint = error.hint?.replace(/\b([Pp])ublish again/g, (_, p) => (p === 'P' ? again : within))
  return Object.assign(error, { hint })
}
