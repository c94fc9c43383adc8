import { isBackendError, type BackendError } from '../../backends/backend.ts'
import { DistillError, type ErrorCode } from '../../errors.ts'

/**
 * Wraps a failure of the storage in a {@link DistillError}. Other errors stay as they are. So does a
 * `precondition`: the caller that set the condition handles it.
 * @param responded Whether the storage ever responded
 */
export function wrapError(error: unknown, responded: boolean): unknown {
  if (!isBackendError(error) || error.kind === 'precondition') return error
  const inner = distillErrorIn(error)
  if (inner) return inner
  const [code, hint] = codeAndHint(error, responded)
  return new DistillError(code, error.message, { hint, cause: error })
}

function codeAndHint({ kind }: BackendError, responded: boolean): [ErrorCode, string] {
  if (kind === 'unauthorised') {
    return [
      'UNAUTHORISED',
      'Check the credentials, that they have not expired, and that they may list, read, write and delete there.',
    ]
  }
  if (kind === 'missing') return ['BUCKET_MISSING', 'Create it, or correct its name in the target.']
  if (kind === 'misconfigured')
    return ['CONFIG_FAILED', 'Correct it in the target or in the environment, then publish again.']
  if (kind === 'rejected')
    return [
      'TRANSFER_FAILED',
      'Nothing was deleted after this. Resolve it, then publish again: it goes on with what is left to do.',
    ]
  if (!responded)
    return ['UNREACHABLE', 'The storage never responded: check the address of the target and the network.']
  return [
    'TRANSFER_FAILED',
    'Nothing was deleted after this. Publish again: it goes on with what is left to do.',
  ]
}

/** An error that reading the site's file threw inside the backend: the storage did not fail. */
function distillErrorIn(error: unknown): DistillError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof DistillError) return at
  return undefined
}
