import { messageOf } from '../../errors.ts'
import { BackendError, type FailureKind } from '../backend.ts'
import { isNetworkCode, kindOfStatus, retryAfterOf } from '../http.ts'
import { Silence, textOf, type Answer } from './request.ts'

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
  readonly retryAfter: string | undefined

  constructor(status: number, message: string, reason: string | undefined, retryAfter: string | undefined) {
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
export function statusFailure(answer: Answer): Error {
  let message = textOf(answer)
  let reason: string | undefined
  try {
    const { error } = JSON.parse(message) as { error: { message?: string; errors?: { reason?: string }[] } }
    message = error.message ?? ''
    reason = error.errors?.[0]?.reason
  } catch {
    // Downloads are refused in plain text.
  }
  const words = message.split('\n', 1)[0]!.trim().slice(0, 300)
  return new Refusal(answer.status, words || 'the storage refused it', reason, answer.headers['retry-after'])
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

function networkFailure(doing: string, thrown: unknown): BackendError {
  const { message, errors, code } = thrown as Error & { code?: string; errors?: unknown[] }
  const lost = thrown instanceof Silence || isNetworkCode(code)
  // Several addresses that all failed are one error without a message of its own.
  const why = message || messageOf(errors?.[0] ?? thrown)
  return new BackendError(lost ? 'unavailable' : 'rejected', `${doing}: ${why}`, { cause: thrown })
}
