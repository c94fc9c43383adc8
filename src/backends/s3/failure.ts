import { messageOf } from '../../errors.ts'
import { BackendError, type FailureKind } from '../backend.ts'
import { isFileError, wrongPathVariable } from '../credential-file.ts'
import { isNetworkCode, kindOfStatus, retryAfterOf } from '../http.ts'

/** The error names of S3 and its SDK: the kind of each, and its explanation where the SDK's message is a poor one. */
const known: Partial<Record<string, readonly [kind: FailureKind, why?: string]>> = {
  CredentialsProviderError: ['unauthorised', 'no credentials were found, or they cannot be used'],
  TokenProviderError: ['unauthorised', 'the sign-on has expired'],
  AccessDenied: ['unauthorised', 'the credentials do not permit it'],
  InvalidAccessKeyId: ['unauthorised', 'the storage does not know the access key'],
  SignatureDoesNotMatch: ['unauthorised', 'the secret access key does not belong to the access key'],
  ExpiredToken: ['unauthorised', 'the credentials have expired'],
  ExpiredTokenException: ['unauthorised', 'the web identity token has expired'],
  InvalidIdentityToken: ['unauthorised', 'the web identity token is not valid'],
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
  PermanentRedirect: ['misconfigured', 'the bucket is in another region than `region` says'],
  AuthorizationHeaderMalformed: ['misconfigured'],
  IllegalLocationConstraintException: ['misconfigured'],
  InvalidRegionName: ['misconfigured'],
  BadDigest: ['rejected', 'the content that arrived has another MD5'],
}

/** The parts that are used of what the SDK throws. */
interface S3Error extends Error {
  code?: string
  errors?: unknown[]
  /** The region of the bucket, if the request went to another one. */
  Region?: string
  $metadata?: { httpStatusCode?: number; requestId?: string }
  $response?: { headers?: Record<string, string> }
}

/** The storage's name of an error, also of one that is wrapped already. */
export const nameOf = (error: unknown): string | undefined =>
  ((error instanceof BackendError ? error.cause : error) as Error | undefined)?.name

/** Whether the bucket exists and the object does not. */
export const isNoSuchKey = (error: unknown): boolean => nameOf(error) === 'NoSuchKey'

export const isPreconditionFailed = (error: unknown): boolean =>
  (error as Error | undefined)?.name === 'PreconditionFailed'

/** Whether the reason may be that the object is too large for the request. Amazon has no code for that alone. */
export const isTooLarge = (error: unknown): boolean =>
  ['InvalidRequest', 'EntityTooLarge'].includes(nameOf(error) ?? '')

/** Makes a {@link BackendError} of what the SDK threw; its message starts with `context`. */
export function toBackendError(context: string, thrown: unknown): BackendError {
  if (thrown instanceof BackendError) return thrown
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as S3Error
  const status = error.$metadata?.httpStatusCode
  const wrong = status === undefined ? misconfiguration(error) : wrongRegion(error)
  // No cause: it holds the value.
  if (wrong) return new BackendError('misconfigured', `${context}: ${wrong}${label(error.name, status)}`)
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

/** Variables in which the SDK looks for the path of a file. */
const pathVariables = ['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE']
/** Variables in which the SDK looks for an address. */
const addressVariables = [
  'AWS_ENDPOINT_URL_S3',
  'AWS_ENDPOINT_URL_STS',
  'AWS_ENDPOINT_URL',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
]

/** What is wrong with the configuration that the SDK read before it sent a request. Never shows a value: it may be a secret. */
function misconfiguration(error: S3Error): string | undefined {
  if (error.message === 'Region is missing') return 'neither `region` nor `AWS_REGION` is set'
  if (error.message.startsWith('Region not accepted'))
    return process.env.AWS_REGION === '' && error.message.includes('region=""')
      ? '`AWS_REGION` is empty, and the target has no `region`'
      : 'the region that `region`, `AWS_REGION` or the AWS profile has is not the name of a region'
  if (isFileError(error))
    return (
      wrongPathVariable(pathVariables) ??
      `a file that the AWS configuration names cannot be read (${error.code})`
    )
  if (error.name !== 'EndpointError' && error.code !== 'ERR_INVALID_URL') return undefined
  const wrong = addressVariables.find((name) => process.env[name] && !isAddress(process.env[name]))
  return wrong
    ? `\`${wrong}\` is not a full address, such as \`https://s3.example.com\``
    : 'an address in the AWS configuration is not a full one, such as `https://s3.example.com`'
}

const isAddress = (text: string) => /^https?:/.test(text) && URL.canParse(text)

/** The region that the storage expects, where the request went to another one. */
function wrongRegion({ name, Region, $metadata, $response }: S3Error): string | undefined {
  const moved = $metadata?.httpStatusCode === 301 || name === 'AuthorizationHeaderMalformed'
  const region = Region ?? $response?.headers?.['x-amz-bucket-region']
  return moved && region ? `the bucket is in the region \`${region}\`: set \`region\` to it` : undefined
}

/** The reason that an error gives. When all addresses of a host fail, the SDK throws one error with an empty message. */
function reasonOf(error: S3Error): string {
  const message = error.message || (error.errors?.[0] ? messageOf(error.errors[0]) : '')
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
