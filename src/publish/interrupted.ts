import { DistillError } from '../errors.ts'

/** A publish stopped because its signal was aborted, for example by Ctrl-C. */
export class InterruptedError extends DistillError {
  constructor(hint = 'What was uploaded is recorded. Publish again: it goes on with what is left to do.') {
    super('INTERRUPTED', 'stopped on request; nothing was deleted after that', { hint })
    this.name = 'InterruptedError'
  }
}

/**
 * @throws {InterruptedError} if the signal is aborted
 * @throws {DistillError} the signal's reason instead, if that is one
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  throw signal.reason instanceof DistillError ? signal.reason : new InterruptedError()
}
