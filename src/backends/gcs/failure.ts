import { messageOf } from '../../errors.ts'
import { BackendError, type FailureKind } from '../backend.ts'
import { isFileError } from '../credential-file.ts'
import { isNetworkCode, kindOfStatus, retryAfterOf } from '../http.ts'
import { TimeoutError } from './request.ts'
import { textOf, type HttpResponse } from './response.ts'

/** The storage's reasons: the kind of each, and its explanation where the storage's message is a poor one. */
const known: Partial<Record<string, readonly [kind: FailureKind, why?: string]>> = {
  authError: ['unauthorised', 'the credentials are not valid or have expired'],
  required: ['unauthorised', 'no credentials were found'],
  forbidden: ['unauthorised', 'the credentials do not permit it'],
  accountDisabled: ['unauthorised', 'the account or its billing is disabled'],
  rateLimitExceeded: ['throttled', 'the storage limits the rate of requests'],
  userRateLimitExceeded: ['throttled', 'the storage limits the rate of requests'],
  conditionNotMet: ['precondition', 'it exists or was changed'],
}

/** A response whose status is a failure. */
class StatusError extends Error {
  readonly status: number
  readonly reason: string | undefined
  readonly retryAfter: string | undefined

  constructor(status: number, message: string, reason: string | undefined, retryAfter: string | undefined) {
    super(message)
    this.name = 'StatusError'
    this.status = status
    this.reason = reason
    this.retryAfter = retryAfter
  }
}

/** The sign-in failed, before the storage got a request. */
class SignInError extends Error {
  readonly kind: FailureKind

  constructor(kind: FailureKind, message: string, cause?: Error) {
    super(message, { cause })
    this.kind = kind
  }
}

/** Makes an error of a response whose status is a failure. */
export function statusError(response: HttpResponse): Error {
  let message = textOf(response)
  let reason: string | undefined
  try {
    const { error } = JSON.parse(message) as { error: { message?: string; errors?: { reason?: string }[] } }
    message = error.message ?? ''
    reason = error.errors?.[0]?.reason
  } catch {
    // A failed download has plain text instead of JSON.
  }
  const firstLine = message.split('\n', 1)[0]!.trim().slice(0, 300)
  const { status, headers } = response
  return new StatusError(status, firstLine || 'the storage gave no reason', reason, headers['retry-after'])
}

/** Makes an error of what the SDK's sign-in threw, without the assertion that it sent. */
export function signInError(thrown: unknown): Error {
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as Error & {
    code?: string
    status?: number
    response?: { status?: number }
  }
  const { name, message, stack, code, status, response } = error
  // No cause: the error of a file that is no JSON quotes it, and the path of a missing one may be a token.
  if (name === 'SyntaxError') return new SignInError('misconfigured', 'a file with credentials is not JSON')
  if (isFileError(error) || message.startsWith('The file at '))
    return new SignInError('misconfigured', 'a file that the credentials name cannot be read')
  const cause = Object.assign(new Error(message), { name, stack, code })
  const received = response?.status ?? status
  if (received !== undefined ? received >= 500 || received === 429 : isNetworkCode(String(code)))
    return new SignInError('unavailable', `cannot sign in: ${message}`, cause)
  const why = message.startsWith('Could not load the default credentials')
    ? 'no credentials were found: neither `keyFilename` nor application default ones'
    : `the credentials cannot be used: ${message}`
  return new SignInError('unauthorised', why, cause)
}

/** Whether the bucket exists and the object does not; also of an error that is wrapped already. */
export const isNoSuchObject = (error: unknown): boolean =>
  error instanceof BackendError
    ? isNoSuchObject(error.cause)
    : error instanceof StatusError && error.status === 404 && error.message.startsWith('No such object')

export const isConditionNotMet = (error: unknown): boolean =>
  error instanceof StatusError && error.status === 412

/** Makes a {@link BackendError} of anything thrown; its message starts with `context`. */
export function toBackendError(context: string, thrown: unknown): BackendError {
  if (thrown instanceof BackendError) return thrown
  if (thrown instanceof SignInError)
    return new BackendError(thrown.kind, `${context}: ${thrown.message}`, { cause: thrown.cause })
  if (thrown instanceof StatusError) {
    const { status, message, reason, retryAfter } = thrown
    const [kind, why] = known[reason ?? ''] ?? meaningOf(status, message)
    const label = reason === undefined ? status : `${reason}, ${status}`
    return new BackendError(kind, `${context}: ${why ?? message} (${label})`, {
      cause: thrown,
      retryAfter: retryAfterOf(retryAfter),
    })
  }
  return networkError(context, thrown)
}

function meaningOf(status: number, message: string): readonly [kind: FailureKind, why?: string] {
  if (status === 404 && !message.startsWith('No such object')) return ['missing', 'the bucket does not exist']
  if (status === 401) return known.authError!
  return [kindOfStatus(status)]
}

function networkError(context: string, thrown: unknown): BackendError {
  const { message, errors, code } = thrown as Error & { code?: string; errors?: unknown[] }
  const unavailable = thrown instanceof TimeoutError || isNetworkCode(code)
  // When all addresses of a host fail, Node throws one error with an empty message.
  const why = message || messageOf(errors?.[0] ?? thrown)
  return new BackendError(unavailable ? 'unavailable' : 'rejected', `${context}: ${why}`, { cause: thrown })
}
