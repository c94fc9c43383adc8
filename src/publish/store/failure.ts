import { BackendError } from '../../backends/backend.ts'
import { DistillError, type ErrorCode } from '../../errors.ts'

/**
 * A storage's failure in the words of the publish wing. What is not one stays as it is, and so does a
 * `precondition`, which whoever set the condition has to decide on.
 */
export function told(error: unknown, answered: boolean): unknown {
  if (!(error instanceof BackendError) || error.kind === 'precondition') return error
  const inner = distillErrorIn(error)
  if (inner) return inner
  const [code, hint] = meaning(error, answered)
  return new DistillError(code, error.message, { hint, cause: error })
}

function meaning({ kind }: BackendError, answered: boolean): [ErrorCode, string] {
  if (kind === 'unauthorised') {
    return [
      'UNAUTHORISED',
      'Check the credentials, that they have not expired, and that they may list, read, write and delete there.',
    ]
  }
  if (kind === 'missing') return ['BUCKET_MISSING', 'Create it, or correct its name in the target.']
  if (kind === 'rejected')
    return [
      'TRANSFER_FAILED',
      'Nothing was deleted after this. Resolve it, then publish again: it goes on with what is left to do.',
    ]
  if (!answered)
    return ['UNREACHABLE', 'Nothing ever answered there: check the address of the target and the network.']
  return [
    'TRANSFER_FAILED',
    'Nothing was deleted after this. Publish again: it goes on with what is left to do.',
  ]
}

/** What a file's content threw while a backend read it, which is no failure of the storage. */
function distillErrorIn(error: unknown): DistillError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof DistillError) return at
  return undefined
}
