import { DistillError } from '../errors.ts'

/** Why this package does not accept a page; told apart from what the app itself has thrown. */
export const refusal = (message: string) => new DistillError('PAGES_FAILED', message)
