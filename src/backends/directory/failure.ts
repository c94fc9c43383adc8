import { messageOf } from '../../errors.ts'
import { BackendError, type FailureKind } from '../backend.ts'
import { wrapErrorsWith } from '../wrap-errors.ts'

/** The code of a file system error: `ENOENT`. */
export const codeOf = (error: unknown): string | undefined =>
  (error as NodeJS.ErrnoException | undefined)?.code

const kinds: Partial<Record<string, FailureKind>> = {
  EACCES: 'unauthorised',
  EPERM: 'unauthorised',
  EROFS: 'unauthorised',
  // Too many open files, and the errors of a network file system without a connection.
  EMFILE: 'unavailable',
  ENFILE: 'unavailable',
  EAGAIN: 'unavailable',
  EBUSY: 'unavailable',
  EIO: 'unavailable',
  ESTALE: 'unavailable',
  ETIMEDOUT: 'unavailable',
}

/** Makes a {@link BackendError} of anything thrown; its message starts with `context`. */
export function toBackendError(context: string, error: unknown): BackendError {
  if (error instanceof BackendError) return error
  return new BackendError(kinds[codeOf(error) ?? ''] ?? 'rejected', `${context}: ${messageOf(error)}`, {
    cause: error,
  })
}

export const wrapErrors = wrapErrorsWith(toBackendError)

/** The error of a key that cannot be the path of a file. */
export const notAFile = (key: string, why: string) =>
  new BackendError('rejected', `\`${key}\` cannot be a file: ${why}`)
