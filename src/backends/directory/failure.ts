import { messageOf } from '../../errors.ts'
import { BackendError, type FailureKind } from '../backend.ts'
import { failingAs } from '../failing.ts'

/** The code of a file system error: `ENOENT`. */
export const codeOf = (error: unknown): string | undefined =>
  (error as NodeJS.ErrnoException | undefined)?.code

const kinds: Partial<Record<string, FailureKind>> = {
  EACCES: 'unauthorised',
  EPERM: 'unauthorised',
  EROFS: 'unauthorised',
  // Too many open files, and what network file systems answer while they are away.
  EMFILE: 'unavailable',
  ENFILE: 'unavailable',
  EAGAIN: 'unavailable',
  EBUSY: 'unavailable',
  EIO: 'unavailable',
  ESTALE: 'unavailable',
  ETIMEDOUT: 'unavailable',
}

/** What was thrown, as a {@link BackendError} whose message starts with `doing`. */
export function asFailure(doing: string, error: unknown): BackendError {
  if (error instanceof BackendError) return error
  return new BackendError(kinds[codeOf(error) ?? ''] ?? 'rejected', `${doing}: ${messageOf(error)}`, {
    cause: error,
  })
}

/** Runs one operation, and makes a {@link BackendError} of whatever fails in it. */
export const failing = failingAs(asFailure)
