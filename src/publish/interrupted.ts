import { DistillError } from '../errors.ts'

/** Thrown where a publish was asked to stop (Ctrl-C) and did so between two requests. */
export class Interrupted extends Error {
  constructor() {
    super('stopped on request; nothing was deleted after that')
    this.name = 'Interrupted'
  }
}

/**
 * @throws {Interrupted} once the signal has been given
 * @throws {DistillError} where that is the reason it was given for
 */
export function stopIfAsked(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  throw signal.reason instanceof DistillError ? signal.reason : new Interrupted()
}
