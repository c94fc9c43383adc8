/** Thrown where a publish was asked to stop (Ctrl-C) and did so between two requests. */
export class Interrupted extends Error {
  constructor() {
    super('stopped on request; nothing was deleted after that')
    this.name = 'Interrupted'
  }
}

/** @throws {Interrupted} once the signal has been given */
export function stopIfAsked(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Interrupted()
}
