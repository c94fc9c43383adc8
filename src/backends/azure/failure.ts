import { messageOf } from '../../errors.ts'
import { BackendError, type FailureKind } from '../backend.ts'
import { wrongPathVariable } from '../credential-file.ts'
import { isNetworkCode, kindOfStatus, retryAfterOf } from '../http.ts'

const signedWrong = ['unauthorised', 'the account key or the signature is not valid, or has expired'] as const
const notPermitted = ['unauthorised', 'the credentials do not permit it'] as const
const noContainer = ['missing', 'the container does not exist'] as const
const changed = ['precondition', 'it exists or was changed'] as const

/** Azure's error codes: the kind of each, and its explanation where the SDK's message is a poor one. */
const known: Partial<Record<string, readonly [kind: FailureKind, why?: string]>> = {
  AuthenticationFailed: signedWrong,
  InvalidAuthenticationInfo: ['unauthorised', 'the sign-on is not valid or has expired'],
  NoAuthenticationInformation: ['unauthorised', 'no credentials were sent'],
  KeyBasedAuthenticationNotPermitted: [
    'unauthorised',
    'the account does not accept keys: sign in with an identity',
  ],
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
  LeaseIdMissing: ['rejected', 'it has a lease'],
  ServerBusy: ['throttled', 'the storage limits the rate of requests'],
  OperationTimedOut: ['unavailable'],
  InternalError: ['unavailable'],
  Md5Mismatch: ['rejected', 'the content that arrived has another MD5'],
  // Another client wrote the same blob meanwhile, which removes uncommitted blocks.
  InvalidBlockList: ['unavailable'],
}

/** The parts that are used of what the SDK throws. */
interface AzureError extends Error {
  code?: string
  statusCode?: number
  response?: { headers?: { get(name: string): string | undefined } }
}

/** Whether the container exists and the blob does not. */
export const isNoSuchBlob = (error: unknown): boolean => {
  const thrown = error instanceof BackendError ? error.cause : error
  return thrown instanceof Error && codeOf(thrown) === 'BlobNotFound'
}

/** Makes a {@link BackendError} of what the SDK threw; its message starts with `context`. */
export function toBackendError(context: string, thrown: unknown): BackendError {
  if (thrown instanceof BackendError) return thrown
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as AzureError
  const { statusCode } = error
  const code = codeOf(error)
  const wrong = isSignInError(error) ? wrongFile(error.message) : undefined
  // No cause: it holds the path, which may be a token.
  if (wrong) return new BackendError('misconfigured', `${context}: ${wrong}`)
  const [kind, why] = known[code ?? ''] ?? meaningOf(error)
  const label = statusCode === undefined ? '' : ` (${code === undefined ? '' : `${code}, `}${statusCode})`
  return new BackendError(kind, `${context}: ${why ?? reasonOf(error)}${label}`, {
    cause: withoutSecrets(error),
    retryAfter: retryAfterOf(error.response?.headers?.get('retry-after')),
  })
}

/** Makes a {@link BackendError} of one blob that a batch could not remove. */
export const blobError = (context: string, status: number, code: string | undefined): BackendError =>
  toBackendError(
    context,
    Object.assign(new Error('the storage gave no reason'), { statusCode: status, code }),
  )

/** The error code. A response without a body has it in a header only. */
const codeOf = (error: AzureError): string | undefined =>
  error.statusCode === undefined
    ? error.code
    : (error.response?.headers?.get('x-ms-error-code') ?? error.code)

const isSignInError = ({ name }: AzureError) =>
  /^(CredentialUnavailable|Authentication|AggregateAuthentication)/.test(name)

/** Variables in which `@azure/identity` looks for the path of a file. */
const pathVariables = ['AZURE_FEDERATED_TOKEN_FILE', 'AZURE_CLIENT_CERTIFICATE_PATH']

/** What is wrong with a file that the sign-in could not read. Its own message shows the path. */
function wrongFile(message: string): string | undefined {
  const [, code] = /\b(E[A-Z]+): [^']*, (?:open|read|stat|lstat)\b/.exec(message) ?? []
  if (code === undefined) return undefined
  return wrongPathVariable(pathVariables) ?? `a file that the credentials name cannot be read (${code})`
}

function meaningOf(error: AzureError): readonly [kind: FailureKind, why?: string] {
  // First, because errors of `@azure/identity` may have a status too, which is not the storage's.
  if (isSignInError(error))
    return ['unauthorised', `no credentials were found, or they cannot be used: ${reasonOf(error)}`]
  if (error.statusCode !== undefined) return [kindOfStatus(error.statusCode)]
  if (error.name === 'AbortError') return ['unavailable', 'the storage did not respond in time']
  const unavailable =
    isNetworkCode(error.code) || error.code === 'REQUEST_SEND_ERROR' || error.message === 'aborted'
  return [unavailable ? 'unavailable' : 'rejected']
}

/** The first line of the message. The SDK adds the request's id and time below it. */
const reasonOf = (error: AzureError): string =>
  messageOf(error).split('\n', 1)[0] || 'the storage gave no reason'

/** A copy of an error without the request: it holds the signature and the token. */
function withoutSecrets(error: AzureError): Error {
  const { name, message, stack, code, statusCode } = error
  const requestId = error.response?.headers?.get('x-ms-request-id')
  return Object.assign(new Error(message), { name, stack, code, statusCode, requestId })
}
