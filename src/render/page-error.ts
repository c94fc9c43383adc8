import { DistillError } from '../errors.ts'

/** Why this package does not accept a page, as opposed to an error that the app threw. */
export class PageError extends DistillError {
  /** Whether another attempt may succeed: after a 5xx or a timeout. */
  readonly retryable: boolean

  constructor(message: string, retryable = false) {
    super('PAGES_FAILED', message)
    this.retryable = retryable
  }
}
