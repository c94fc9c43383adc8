import { messageOf } from '../../errors.ts'
import { BackendError, type FailureKind } from '../backend.ts'
import { isNetworkCode, kindOfStatus, retryAfterOf } from '../http.ts'

/** What the storage gives as the reason of an error, with our kind and words for those that have better ones. */
const known: Partial<Record<string, readonly [kind: FailureKind, why?: string]>> = {
  authError: ['unauthorised', 'the credentials are not valid or have expired'],
  required: ['unauthorised', 'no credentials were found'],
  forbidden: ['unauthorised', 'the credentials do not permit it'],
  accountDisabled: ['unauthorised', 'the account or its billing is disabled'],
  rateLimitExceeded: ['throttled', 'the storage asks to slow down'],
  userRateLimitExceeded: ['throttled', 'the storage asks to slow down'],
  conditionNotMet: ['precondition', 'it exists or was changed'],
}

/** An answer of the storage that is a refusal. */
class Refusal extends Error {
  readonly status: number
  readonly reason: string | undefined
  readonly retryAfter: string | null

  constructor(status: number, message: string, reason: string | undefined, retryAfter: string | null) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.reason = reason
    this.retryAfter = retryAfter
  }
}

/** Signing in failed, before anything was asked of the storage. */
class SignInError extends Error {
  readonly kind: FailureKind

  constructor(kind: FailureKind, message: string, cause: Error) {
    super(message, { cause })
    this.kind = kind
  }
}

/** What the storage answered with a status that is a refusal. */
export function statusFailure({ status, headers }: Response, body: string): Error {
  let message = body
  let reason: string | undefined
  try {
    const { error } = JSON.parse(body) as { error: { message?: string; errors?: { reason?: string }[] } }
    message = error.message ?? ''
    reason = error.errors?.[0]?.reason
  } catch {
    // Downloads and uploads are refused in plain text.
  }
  const words = message.split('\n', 1)[0]!.trim().slice(0, 300)
  return new Refusal(status, words || 'the storage refused it', reason, headers.get('retry-after'))
}

/** What the sign-in of the SDK threw, which holds the assertion that it sent. */
export function signInFailure(thrown: unknown): Error {
  const { name, message, stack, code, status, response } = (
    thrown instanceof Error ? thrown : new Error(String(thrown))
  ) as Error & { code?: unknown; status?: number; response?: { status?: number } }
  const cause = Object.assign(new Error(message), { name, stack, code })
  const answered = response?.status ?? status
  if (answered !== undefined ? answered >= 500 || answered === 429 : isNetworkCode(String(code)))
    return new SignInError('unavailable', `cannot sign in: ${message}`, cause)
  const why = message.startsWith('Could not load the default credentials')
    ? 'no credentials were found: neither `keyFilename` nor application default ones'
    : `the credentials cannot be used: ${message}`
  return new SignInError('unauthorised', why, cause)
}

/** Whether the storage says that there is no such object, in a bucket that exists. */
export const isNoSuchObject = (error: unknown): boolean =>
  error instanceof Refusal && error.status === 404 && error.message.startsWith('No such object')

/** Whether the storage says that an upload in parts is gone, which it is after a week or a fault. */
export const isNoSuchUpload = (error: unknown): boolean =>
  error instanceof Refusal && (error.status === 404 || error.status === 410)

/** What was thrown, as a {@link BackendError} whose message starts with `doing`. */
export function asFailure(doing: string, thrown: unknown): BackendError {
  if (thrown instanceof BackendError) return thrown
  if (thrown instanceof SignInError)
    return new BackendError(thrown.kind, `${doing}: ${thrown.message}`, { cause: thrown.cause })
  if (thrown instanceof Refusal) {
    const { status, message, reason, retryAfter } = thrown
    const [kind, why] = known[reason ?? ''] ?? meaningOf(status, message)
    const label = reason === undefined ? status : `${reason}, ${status}`
    return new BackendError(kind, `${doing}: ${why ?? message} (${label})`, {
      cause: thrown,
      ...retryAfterOf(retryAfter),
    })
  }
  return networkFailure(doing, thrown)
}

function meaningOf(status: number, message: string): readonly [kind: FailureKind, why?: string] {
  if (status === 404 && !message.startsWith('No such object')) return ['missing', 'the bucket does not exist']
  if (status === 401) return known.authError!
  return [kindOfStatus(status)]
}

/** `fetch` says what happened in the cause of its error. */
function networkFailure(doing: string, thrown: unknown): BackendError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  if (error.name === 'TimeoutError')
    return new BackendError('unavailable', `${doing}: no answer came in time`, { cause: error })
  const { cause } = error as { cause?: { code?: string; errors?: unknown[] } }
  const why = cause?.errors?.[0] ?? cause ?? error
  const lost = isNetworkCode(cause?.code) || error.message === 'terminated'
  return new BackendError(lost ? 'unavailable' : 'rejected', `${doing}: ${messageOf(why)}`, { cause: error })
}
