import { DistillError } from '../errors.ts'

/** Why this package does not accept a page; told apart from what the app itself has thrown. */
export class Refusal extends DistillError {
  /** Whether asking again may help: after a 5xx or a timeout. */
  readonly retryable: boolean

  constructor(message: string, retryable = false) {
    super('PAGES_FAILED', message)
    this.retryable = retryable
  }
}
