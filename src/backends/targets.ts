import type { Backend } from './backend.ts'
import { checkNames, checkUrl, invalid, list, show } from '../check-option.ts'
import { checkTargetOptions, targetOptionNames, type TargetOptions } from '../target-options.ts'

/** Publishes into a folder of this machine, each file written beside and renamed into place. */
export interface DirectoryTarget extends TargetOptions {
  backend: 'directory'
  /** The folder, relative to Vite's root. Created when missing. */
  path: string
}

/** Publishes to Amazon S3 or a storage that speaks its protocol. */
export interface S3Target extends TargetOptions {
  backend: 's3'
  bucket: string
  /** Default: what the SDK finds in `AWS_REGION` or the profile; `us-east-1` with an `endpoint`. */
  region?: string
  /** The address of an S3-compatible storage. Default: Amazon's own. */
  endpoint?: string
  /** `https://host/bucket/key` instead of `https://bucket.host/key`. Default: true with an `endpoint`. */
  forcePathStyle?: boolean
  /** Better left to the environment (`AWS_ACCESS_KEY_ID`, …) or the SDK's own chain, which is the default. */
  accessKeyId?: string
  secretAccessKey?: string
  sessionToken?: string
  /** The profile of the AWS configuration files to take credentials and region from. Default: `AWS_PROFILE`. */
  profile?: string
  /** A canned ACL for every object, such as `public-read`. Default: none; buckets made since April 2023 refuse any. */
  acl?: string
  /** Such as `STANDARD_IA`. Default: the storage's own. */
  storageClass?: string
}

/** Publishes to Google Cloud Storage. */
export interface GcsTarget extends TargetOptions {
  backend: 'gcs'
  bucket: string
  /** A file with credentials: the key of a service account, or what a federated identity needs. */
  keyFilename?: string
  /** What such a file holds. Default: application default credentials. */
  credentials?: Readonly<Record<string, unknown>>
  /** The address of another endpoint. One with `http:` is taken for an emulator, which nobody signs in to. */
  apiEndpoint?: string
}

/** Something that hands out tokens, as the classes of `@azure/identity` are. */
export interface AzureCredential {
  getToken(
    scopes: string | string[],
    options?: object,
  ): Promise<{ token: string; expiresOnTimestamp: number } | null>
}

/** Publishes to Azure Blob Storage. */
export interface AzureTarget extends TargetOptions {
  backend: 'azure'
  /** The address and a key of the account, or a shared access signature, in one text. */
  connectionString?: string
  /** The address of the account, in place of a `connectionString`: `https://example.blob.core.windows.net`. */
  accountUrl?: string
  /** A shared access signature for `accountUrl`. */
  sasToken?: string
  /** Who signs in to `accountUrl`. Default, without `sasToken`: the `DefaultAzureCredential` of `@azure/identity`. */
  credential?: AzureCredential
  /** Default: `$web`, which the account's static website is served from. */
  container?: string
}

/** Publishes to a storage of your own. */
export interface CustomTarget extends TargetOptions {
  /** The storage, or a function that opens it when it is needed. */
  backend: Backend | (() => Backend | Promise<Backend>)
}

export type Target = BuiltInTarget | CustomTarget
type BuiltInTarget = DirectoryTarget | S3Target | GcsTarget | AzureTarget

interface Rules<T> {
  required: (keyof T & string)[]
  optional: (keyof T & string)[]
  /** Refuses what does not go together. */
  check?(at: string, target: T): void
}

const rules: { [T in BuiltInTarget as T['backend']]: Rules<T> } = {
  directory: { required: ['path'], optional: [] },
  s3: {
    required: ['bucket'],
    optional: [
      'region',
      'endpoint',
      'forcePathStyle',
      'accessKeyId',
      'secretAccessKey',
      'sessionToken',
      'profile',
      'acl',
      'storageClass',
    ],
    check: checkS3,
  },
  gcs: {
    required: ['bucket'],
    optional: ['keyFilename', 'credentials', 'apiEndpoint'],
    check: checkGcs,
  },
  azure: {
    required: [],
    optional: ['connectionString', 'accountUrl', 'sasToken', 'credential', 'container'],
    check: checkAzure,
  },
}

/**
 * Checks a target.
 * @throws {DistillError} `OPTION_INVALID`
 */
export function checkTarget(name: string, target: Target): void {
  const at = `publish.${name}`
  if (typeof target !== 'object' || target === null)
    throw invalid(`\`${at}\` is ${show(target)}`, 'A target is an object with a `backend`.')
  if (isCustom(target)) checkCustom(at, target)
  else checkBuiltIn(at, target)
  checkTargetOptions(name, target)
}

/** Whether a target brings its own storage. */
export const isCustom = (target: Target): target is CustomTarget =>
  typeof target.backend === 'function' || (typeof target.backend === 'object' && target.backend !== null)

function checkBuiltIn<T extends BuiltInTarget>(at: string, target: T): void {
  const found = rules[target.backend] as Rules<T> | undefined
  if (!found) {
    throw invalid(
      `\`${at}\` has \`backend\` ${show(target.backend)}`,
      `It may be ${list(Object.keys(rules))}, or a storage of your own.`,
    )
  }
  checkNames(`\`${at}\``, target, ['backend', ...targetOptionNames, ...found.required, ...found.optional])
  for (const key of found.required) {
    const value = target[key]
    if (typeof value !== 'string' || value === '')
      throw invalid(`\`${at}\` needs \`${key}\``, `The \`${target.backend}\` backend cannot do without it.`)
  }
  found.check?.(at, target)
}

function checkCustom(at: string, target: CustomTarget): void {
  checkNames(`\`${at}\``, target, ['backend', ...targetOptionNames])
  if (typeof target.backend === 'object') checkBackend(`\`${at}.backend\``, target.backend)
}

/**
 * Checks that an object is a storage.
 * @throws {DistillError} `OPTION_INVALID`
 */
export function checkBackend(where: string, backend: Backend): void {
  const hint = 'It must implement the interface `Backend` of `vite-distill`.'
  if (typeof backend !== 'object' || backend === null) throw invalid(`${where} is ${show(backend)}`, hint)
  const types = {
    name: 'string',
    maxRemove: 'number',
    conditional: 'boolean',
    keepsHeaders: 'boolean',
    list: 'function',
    get: 'function',
    put: 'function',
    remove: 'function',
  } as const
  for (const [key, type] of Object.entries(types)) {
    if (typeof backend[key as keyof typeof types] !== type)
      throw invalid(`${where} has no ${type} \`${key}\``, hint)
  }
}

function checkS3(at: string, target: S3Target): void {
  if (target.endpoint !== undefined) checkUrl(`${at}.endpoint`, target.endpoint)
  if ((target.accessKeyId === undefined) !== (target.secretAccessKey === undefined)) {
    throw invalid(
      `\`${at}\` has only one of \`accessKeyId\` and \`secretAccessKey\``,
      'Give both, or neither and let the environment or the AWS profile supply them.',
    )
  }
  if (target.accessKeyId !== undefined && target.profile !== undefined)
    throw invalid(`\`${at}\` has both \`accessKeyId\` and \`profile\``, 'Credentials come from one of them.')
  if (['GLACIER', 'DEEP_ARCHIVE'].includes(target.storageClass ?? '')) {
    throw invalid(
      `\`${at}\` has \`storageClass\` ${show(target.storageClass)}`,
      'Nobody can read from an archive: `GLACIER_IR` is the coldest class that is served at once.',
    )
  }
}

function checkGcs(at: string, target: GcsTarget): void {
  if (target.apiEndpoint !== undefined) checkUrl(`${at}.apiEndpoint`, target.apiEndpoint)
  if (target.keyFilename !== undefined && target.credentials !== undefined) {
    throw invalid(
      `\`${at}\` has both \`keyFilename\` and \`credentials\``,
      'Give one of them, or neither and let the environment supply application default credentials.',
    )
  }
}

function checkAzure(at: string, target: AzureTarget): void {
  const { connectionString, accountUrl, sasToken, credential } = target
  if ((connectionString === undefined) === (accountUrl === undefined)) {
    throw invalid(
      `\`${at}\` has ${accountUrl === undefined ? 'neither `connectionString` nor `accountUrl`' : 'both `connectionString` and `accountUrl`'}`,
      'Give one of them: an `accountUrl` with a `sasToken` or a `credential`, or a `connectionString`, which holds all.',
    )
  }
  if (accountUrl !== undefined && new URL(checkUrl(`${at}.accountUrl`, accountUrl)).search !== '')
    throw invalid(`\`${at}.accountUrl\` has a query`, 'A shared access signature belongs into `sasToken`.')
  if (connectionString !== undefined && (sasToken !== undefined || credential !== undefined)) {
    throw invalid(
      `\`${at}\` has \`connectionString\` and other credentials`,
      'A connection string holds its own; others go with `accountUrl`.',
    )
  }
  if (credential !== undefined && typeof credential?.getToken !== 'function') {
    throw invalid(
      `\`${at}.credential\` has no \`getToken\``,
      'It must be a credential such as `new DefaultAzureCredential()` of `@azure/identity`.',
    )
  }
  if (sasToken !== undefined && credential !== undefined)
    throw invalid(`\`${at}\` has both \`sasToken\` and \`credential\``, 'Give one of them.')
}
