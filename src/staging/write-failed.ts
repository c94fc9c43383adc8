import { DistillError, messageOf } from '../errors.ts'

const reasons: Partial<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than is allowed',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EISDIR: 'a folder is there',
  ENOTEMPTY: 'a folder is there that is not empty',
  ENOTDIR: 'there is a file where a folder must be',
}

/**
 * The error of a file or folder that cannot be written, moved or removed.
 * @param cause The error of the file system, or why it is not tried
 */
export function writeFailed(path: string, cause: unknown, hint?: string): DistillError {
  const code = (cause as NodeJS.ErrnoException).code ?? ''
  const reason = reasons[code]
  return new DistillError(
    'WRITE_FAILED',
    `cannot write \`${path}\`: ${reason === undefined ? messageOf(cause) : `${reason} (${code})`}`,
    { hint: hint ?? 'Correct that, then run the command again.', cause },
  )
}

/**
 * Runs a step that writes.
 * @throws {DistillError} `WRITE_FAILED`, which names the path: an error of the file system may not
 */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write()
  } catch (error) {
    throw error instanceof DistillError ? error : writeFailed(path, error)
  }
}
