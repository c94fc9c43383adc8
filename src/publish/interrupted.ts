import { DistillError } from '../errors.ts'

/** Thrown where a publish was asked to stop (Ctrl-C) and did so between two requests. */
export class InterruptedError extends DistillError {
  constructor() {
    super('INTERRUPTED', 'stopped on request; nothing was deleted after that', {
      hint: 'What was uploaded is recorded. Publish again: it goes on with what is left to do.',
    })
    this.name = 'InterruptedError'
  }
}

/**
 * @throws {InterruptedError} once the signal has been given
 * @throws {DistillError} where that is the reason it was given for
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  throw signal.reason instanceof DistillError ? signal.reason : new InterruptedError()
}
