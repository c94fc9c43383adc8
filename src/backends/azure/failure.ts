import { messageOf } from '../../errors.ts'
import { BackendError, type FailureKind } from '../backend.ts'
import { isNetworkCode, kindOfStatus, retryAfterOf } from '../http.ts'

const signedWrong = ['unauthorised', 'the account key or the signature is not valid, or has expired'] as const
const notPermitted = ['unauthorised', 'the credentials do not permit it'] as const
const noContainer = ['missing', 'the container does not exist'] as const
const changed = ['precondition', 'it exists or was changed'] as const

/** What Azure calls its errors, with our kind and words for those that have better ones. */
const known: Partial<Record<string, readonly [kind: FailureKind, why?: string]>> = {
  AuthenticationFailed: signedWrong,
  InvalidAuthenticationInfo: ['unauthorised', 'the sign-on is not valid or has expired'],
  NoAuthenticationInformation: ['unauthorised', 'no credentials were sent'],
  KeyBasedAuthenticationNotPermitted: ['unauthorised', 'the account takes no keys: sign in with an identity'],
  AuthorizationFailure: ['unauthorised', 'the credentials do not permit it, or not from this network'],
  AuthorizationPermissionMismatch: notPermitted,
  AuthorizationServiceMismatch: notPermitted,
  AuthorizationResourceTypeMismatch: notPermitted,
  InsufficientAccountPermissions: notPermitted,
  AccountIsDisabled: ['unauthorised', 'the account is disabled'],
  ContainerNotFound: noContainer,
  ContainerDisabled: noContainer,
  ContainerBeingDeleted: noContainer,
  ResourceNotFound: ['missing', 'the account or the container does not exist'],
  BlobAlreadyExists: changed,
  ConditionNotMet: changed,
  TargetConditionNotMet: changed,
  LeaseIdMissing: ['rejected', 'somebody holds a lease on it'],
  ServerBusy: ['throttled', 'the storage asks to slow down'],
  OperationTimedOut: ['unavailable'],
  InternalError: ['unavailable'],
  Md5Mismatch: ['rejected', 'the bytes that arrived are not those announced'],
  // Somebody else has written the same blob meanwhile, which discards the blocks of others.
  InvalidBlockList: ['unavailable'],
}

/** What the SDK throws, as far as it is of use. */
interface SdkError extends Error {
  code?: string
  statusCode?: number
  response?: { headers?: { get(name: string): string | undefined } }
}

/** Whether the storage says that there is no such blob, in a container that exists. */
export const isNoSuchBlob = (error: unknown): boolean => codeOf(error as SdkError) === 'BlobNotFound'

/** What the SDK threw, as a {@link BackendError} whose message starts with `doing`. */
export function asFailure(doing: string, thrown: unknown): BackendError {
  if (thrown instanceof BackendError) return thrown
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as SdkError
  const { statusCode } = error
  const code = codeOf(error)
  const [kind, why] = known[code ?? ''] ?? meaningOf(error)
  const label = statusCode === undefined ? '' : ` (${code === undefined ? '' : `${code}, `}${statusCode})`
  return new BackendError(kind, `${doing}: ${why ?? wordsOf(error)}${label}`, {
    cause: withoutSecrets(error),
    ...retryAfterOf(error.response?.headers?.get('retry-after')),
  })
}

/** What a batch could not do with one of its blobs. */
export const asSubFailure = (doing: string, status: number, code: string | undefined): BackendError =>
  asFailure(doing, Object.assign(new Error('the storage refused it'), { statusCode: status, code }))

/** An answer without a body has its code in a header only. */
const codeOf = (error: SdkError): string | undefined =>
  error.statusCode === undefined
    ? error.code
    : (error.response?.headers?.get('x-ms-error-code') ?? error.code)

function meaningOf(error: SdkError): readonly [kind: FailureKind, why?: string] {
  // Those of an identity may have a status too, which is not the storage's.
  if (/^(CredentialUnavailable|Authentication|AggregateAuthentication)/.test(error.name))
    return ['unauthorised', `no credentials were found, or they cannot be used: ${wordsOf(error)}`]
  if (error.statusCode !== undefined) return [kindOfStatus(error.statusCode)]
  if (error.name === 'AbortError') return ['unavailable', 'no answer came in time']
  const lost = isNetworkCode(error.code) || error.code === 'REQUEST_SEND_ERROR' || error.message === 'aborted'
  return [lost ? 'unavailable' : 'rejected']
}

/** Behind the first line, the SDK writes the request's id and time. */
const wordsOf = (error: SdkError): string => messageOf(error).split('\n', 1)[0] || 'the storage refused it'

/** The SDK's error holds the request with its signature and token: keep its words only. */
function withoutSecrets(error: SdkError): Error {
  const { name, message, stack, code, statusCode } = error
  const requestId = error.response?.headers?.get('x-ms-request-id')
  return Object.assign(new Error(message), { name, stack, code, statusCode, requestId })
}
