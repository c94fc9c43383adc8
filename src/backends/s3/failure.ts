import { messageOf } from '../../errors.ts'
import { BackendError, type FailureKind } from '../backend.ts'
import { isNetworkCode, kindOfStatus, retryAfterOf } from '../http.ts'

/** The error names of S3 and its SDK: the kind of each, and its explanation where the SDK's message is a poor one. */
const known: Partial<Record<string, readonly [kind: FailureKind, why?: string]>> = {
  CredentialsProviderError: ['unauthorised', 'no credentials were found, or they cannot be used'],
  TokenProviderError: ['unauthorised', 'the sign-on has expired'],
  AccessDenied: ['unauthorised', 'the credentials do not permit it'],
  InvalidAccessKeyId: ['unauthorised', 'the storage does not know the access key'],
  SignatureDoesNotMatch: ['unauthorised', 'the secret access key does not belong to the access key'],
  ExpiredToken: ['unauthorised', 'the credentials have expired'],
  TokenRefreshRequired: ['unauthorised', 'the credentials have expired'],
  InvalidToken: ['unauthorised', 'the session token is not valid'],
  RequestTimeTooSkewed: ['unauthorised', "this machine's clock is wrong"],
  NoSuchBucket: ['missing', 'the bucket does not exist'],
  PreconditionFailed: ['precondition', 'it exists or was changed'],
  ConditionalRequestConflict: ['precondition', 'it is being changed'],
  SlowDown: ['throttled', 'the storage limits the rate of requests'],
  InternalError: ['unavailable'],
  OperationAborted: ['unavailable'],
  RequestTimeout: ['unavailable'],
  TimeoutError: ['unavailable', 'the storage did not respond in time'],
  PermanentRedirect: ['rejected', 'the bucket is in another region than `region` says'],
  AuthorizationHeaderMalformed: ['rejected', 'the bucket is in another region than `region` says'],
  BadDigest: ['rejected', 'the content that arrived has another MD5'],
}

/** The parts that are used of what the SDK throws. */
interface S3Error extends Error {
  code?: string
  errors?: unknown[]
  $metadata?: { httpStatusCode?: number; requestId?: string }
  $response?: { headers?: Record<string, string> }
}

/** Whether the bucket exists and the object does not. */
export const isNoSuchKey = (error: unknown): boolean => (error as Error | undefined)?.name === 'NoSuchKey'

/** Makes a {@link BackendError} of what the SDK threw; its message starts with `context`. */
export function toBackendError(context: string, thrown: unknown): BackendError {
  if (thrown instanceof BackendError) return thrown
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as S3Error
  const status = error.$metadata?.httpStatusCode
  const [kind, why] = known[error.name] ?? [kindOf(status, error.code)]
  return new BackendError(kind, `${context}: ${why ?? reasonOf(error)}${label(error.name, status)}`, {
    cause: withoutSecrets(error),
    retryAfter: retryAfterOf(error.$response?.headers?.['retry-after']),
  })
}

/** Makes a {@link BackendError} of one key that DeleteObjects could not remove. */
export function keyError(
  context: string,
  code: string | undefined,
  message: string | undefined,
): BackendError {
  return toBackendError(context, Object.assign(new Error(message ?? code), { name: code ?? 'Error' }))
}

function kindOf(status: number | undefined, code: string | undefined): FailureKind {
  if (status !== undefined) return kindOfStatus(status)
  return isNetworkCode(code) ? 'unavailable' : 'rejected'
}

/** The reason that an error gives. When all addresses of a host fail, the SDK throws one error with an empty message. */
function reasonOf(error: S3Error): string {
  const message = error.message || (error.errors?.[0] ? messageOf(error.errors[0]) : '')
  if (message === 'Region is missing') return 'neither `region` nor `AWS_REGION` is set'
  return message === '' || message === 'UnknownError' ? 'the storage gave no reason' : message
}

function label(name: string, status: number | undefined): string {
  if (status === undefined) return ''
  return /^[A-Z]\w+$/.test(name) && name !== 'Error' && name !== 'Unknown'
    ? ` (${name}, ${status})`
    : ` (${status})`
}

/** A copy of an error without the request and the response: they hold the signature and the session token. */
function withoutSecrets(error: S3Error): Error {
  const { name, message, stack, code } = error
  const { httpStatusCode, requestId } = error.$metadata ?? {}
  return Object.assign(new Error(message), { name, stack, code, httpStatusCode, requestId })
}
