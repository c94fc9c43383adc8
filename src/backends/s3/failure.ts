import { messageOf } from '../../errors.ts'
import { BackendError, type FailureKind } from '../backend.ts'
import { isNetworkCode, kindOfStatus, retryAfterOf } from '../http.ts'

/** What S3 and the SDK call their errors, with our kind and words for those that have better ones than "403". */
const known: Partial<Record<string, readonly [kind: FailureKind, why?: string]>> = {
  CredentialsProviderError: ['unauthorised', 'no credentials were found, or they cannot be used'],
  TokenProviderError: ['unauthorised', 'the sign-on has expired'],
  AccessDenied: ['unauthorised', 'the credentials do not permit it'],
  InvalidAccessKeyId: ['unauthorised', 'the access key is not known there'],
  SignatureDoesNotMatch: ['unauthorised', 'the secret access key does not belong to the access key'],
  ExpiredToken: ['unauthorised', 'the credentials have expired'],
  TokenRefreshRequired: ['unauthorised', 'the credentials have expired'],
  InvalidToken: ['unauthorised', 'the session token is not valid'],
  RequestTimeTooSkewed: ['unauthorised', "this machine's clock is wrong"],
  NoSuchBucket: ['missing', 'the bucket does not exist'],
  PreconditionFailed: ['precondition', 'it exists or was changed'],
  ConditionalRequestConflict: ['precondition', 'it is being changed'],
  SlowDown: ['throttled', 'the storage asks to slow down'],
  InternalError: ['unavailable'],
  OperationAborted: ['unavailable'],
  RequestTimeout: ['unavailable'],
  TimeoutError: ['unavailable', 'no answer came in time'],
  PermanentRedirect: ['rejected', 'the bucket is in another region than `region` says'],
  AuthorizationHeaderMalformed: ['rejected', 'the bucket is in another region than `region` says'],
  BadDigest: ['rejected', 'the bytes that arrived are not those announced'],
}

/** What the SDK throws, as far as it is of use. */
interface SdkError extends Error {
  code?: string
  errors?: unknown[]
  $metadata?: { httpStatusCode?: number; requestId?: string }
  $response?: { headers?: Record<string, string> }
}

/** Whether the storage says that there is no such object. */
export const isNoSuchKey = (error: unknown): boolean => (error as Error | undefined)?.name === 'NoSuchKey'

/** What the SDK threw, as a {@link BackendError} whose message starts with `doing`. */
export function asFailure(doing: string, thrown: unknown): BackendError {
  if (thrown instanceof BackendError) return thrown
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as SdkError
  const status = error.$metadata?.httpStatusCode
  const [kind, why] = known[error.name] ?? [kindOf(status, error.code)]
  return new BackendError(kind, `${doing}: ${why ?? wordsOf(error)}${label(error.name, status)}`, {
    cause: withoutSecrets(error),
    ...retryAfterOf(error.$response?.headers?.['retry-after']),
  })
}

/** One line of what a removal of many keys could not remove. */
export function asKeyFailure(
  doing: string,
  code: string | undefined,
  message: string | undefined,
): BackendError {
  return asFailure(doing, Object.assign(new Error(message ?? code), { name: code ?? 'Error' }))
}

function kindOf(status: number | undefined, code: string | undefined): FailureKind {
  if (status !== undefined) return kindOfStatus(status)
  return isNetworkCode(code) ? 'unavailable' : 'rejected'
}

/** Several addresses that all failed are one error without a message of its own. */
function wordsOf(error: SdkError): string {
  const message = error.message || (error.errors?.[0] ? messageOf(error.errors[0]) : '')
  if (message === 'Region is missing') return 'neither `region` nor `AWS_REGION` is set'
  return message === '' || message === 'UnknownError' ? 'the storage refused it' : message
}

function label(name: string, status: number | undefined): string {
  if (status === undefined) return ''
  return /^[A-Z]\w+$/.test(name) && name !== 'Error' && name !== 'Unknown'
    ? ` (${name}, ${status})`
    : ` (${status})`
}

/** The SDK's error holds the request with its signature and token, and what AWS echoes of them: keep its words only. */
function withoutSecrets(error: SdkError): Error {
  const { name, message, stack, code } = error
  const { httpStatusCode, requestId } = error.$metadata ?? {}
  return Object.assign(new Error(message), { name, stack, code, httpStatusCode, requestId })
}
