import * as v from 'valibot'
import type { Backend } from './backend.ts'
import {
  anyObject,
  boolean,
  hidden,
  isObject,
  map,
  object,
  oneOf,
  parse,
  secret,
  text,
  url,
} from '../option-schema.ts'
import { targetEntries, type TargetOptions, targetRules } from '../target-options.ts'

/** Publishes into a folder of this machine. Each file is written beside its place and renamed into it. */
export interface DirectoryTarget extends TargetOptions {
  backend: 'directory'
  /** The folder, relative to Vite's root. It is created if it does not exist. */
  path: string
  /**
   * Another folder for the state and the lock, relative to Vite's root: one that no web server serves. Several
   * targets may share it. Default: `.vite-distill` in `path`.
   */
  statePath?: string
}

/** Publishes to Amazon S3 or an S3-compatible storage. */
export interface S3Target extends TargetOptions {
  backend: 's3'
  bucket: string
  /** The region of the bucket. Default: that of `AWS_REGION` or the profile; `us-east-1` with an `endpoint`. */
  region?: string
  /** The address of an S3-compatible storage. Default: Amazon's own. */
  endpoint?: string
  /** Uses `https://host/bucket/key` instead of `https://bucket.host/key`. Default: true with an `endpoint`. */
  forcePathStyle?: boolean
  /**
   * Half of a key pair; better left to the environment (`AWS_ACCESS_KEY_ID`, …). Default: the credentials that the
   * SDK finds.
   */
  accessKeyId?: string
  /** The other half. */
  secretAccessKey?: string
  /** The token of a temporary key pair. */
  sessionToken?: string
  /** The profile of the AWS configuration files with credentials and region. Default: `AWS_PROFILE`. */
  profile?: string
  /** A canned ACL for every object, such as `public-read`. Default: none; buckets created since April 2023 refuse any. */
  acl?: string
  /** The storage class of every object, such as `STANDARD_IA`. Default: the storage's own. */
  storageClass?: string
  /** How the storage encrypts every object. Default: as the bucket is configured. */
  serverSideEncryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse'
  /** The KMS key for `serverSideEncryption`: its id, ARN or alias. Default: the account's own for S3. */
  kmsKeyId?: string
  /** User-defined metadata of every object: `x-amz-meta-…`. Default: none. */
  metadata?: Record<string, string>
  /** The tags of every object, ten at most. Default: none, and tags that were set by hand stay. */
  tags?: Record<string, string>
  /** Whether the publisher agrees to pay for requests, in a bucket that asks for it. Default: false. */
  requestPayer?: 'requester'
  /**
   * Another bucket for the state and the lock, with the same region, endpoint and credentials: one that visitors
   * cannot read. Several targets may share it. Default: `.vite-distill/` in the site's own bucket.
   */
  stateBucket?: string
}

/** Publishes to Google Cloud Storage. */
export interface GcsTarget extends TargetOptions {
  backend: 'gcs'
  bucket: string
  /** A file with credentials, relative to Vite's root: the key of a service account or the config of a federated identity. */
  keyFilename?: string
  /** The content of such a file. Default: application default credentials. */
  credentials?: Readonly<Record<string, unknown>>
  /** The address of the API. Default: Google's own. One with `http:` is taken for an emulator: requests carry no credentials. */
  apiEndpoint?: string
  /** The storage class of every object, such as `NEARLINE`. Default: the bucket's. */
  storageClass?: string
  /** The Cloud KMS key of every object: `projects/P/locations/L/keyRings/R/cryptoKeys/K`. Default: the bucket's. */
  kmsKeyName?: string
  /** Custom metadata of every object. Default: none, and metadata that were set by hand stay. */
  metadata?: Record<string, string>
  /**
   * Another bucket for the state and the lock, with the same credentials: one that visitors cannot read. Several
   * targets may share it. Default: `.vite-distill/` in the site's own bucket.
   */
  stateBucket?: string
}

/** A source of tokens, such as an instance of a class of `@azure/identity`. */
export interface AzureCredential {
  getToken(
    scopes: string | string[],
    options?: object,
  ): Promise<{ token: string; expiresOnTimestamp: number } | null>
}

/** Publishes to Azure Blob Storage. */
export interface AzureTarget extends TargetOptions {
  backend: 'azure'
  /** The address of the account and its key or a shared access signature, in one string. */
  connectionString?: string
  /** The address of the account, instead of a `connectionString`: `https://example.blob.core.windows.net`. */
  accountUrl?: string
  /** A shared access signature for `accountUrl`. */
  sasToken?: string
  /** The identity for `accountUrl`. Default, without `sasToken`: the `DefaultAzureCredential` of `@azure/identity`. */
  credential?: AzureCredential
  /** The container. Default: `$web`, which the account serves as a static website. */
  container?: string
  /** The access tier of every blob. Default: the account's. */
  accessTier?: 'Hot' | 'Cool' | 'Cold'
  /** Metadata of every blob; a name is a C# identifier. Default: none, and metadata that were set by hand stay. */
  metadata?: Record<string, string>
  /** The index tags of every blob, ten at most. Default: none, and tags that were set by hand stay. */
  tags?: Record<string, string>
  /** The encryption scope of every blob. Default: the container's. */
  encryptionScope?: string
  /**
   * Another container of the account for the state and the lock: one that visitors cannot read. Several targets may
   * share it. Default: `.vite-distill/` in the site's own container.
   */
  stateContainer?: string
}

/** Publishes to a storage of your own. */
export interface CustomTarget extends TargetOptions {
  /** The storage, or a function that opens it. It is called only when something is published there. */
  backend: Backend | (() => Backend | Promise<Backend>)
}

export type Target = DirectoryTarget | S3Target | GcsTarget | AzureTarget | CustomTarget

const oneAccount =
  'Give one of them: an `accountUrl` with a `sasToken` or a `credential`, or a `connectionString`, which holds all.'

/** Where a static website of an Azure account is. */
export const defaultContainer = '$web'

/** Refuses a second place that is the first one: the site would hold the second place's objects. */
const samePlace = <P extends string, S extends string>(at: P, site: S, orElse?: string) => ({
  at,
  isBroken: (given: { [K in P | S]?: string }) =>
    given[at] !== undefined && given[at] === (given[site] ?? orElse),
  what: `is the \`${site}\` of the site`,
  hint: `It must be another one. In the same one, the state is in \`.vite-distill/\`.`,
})

const optionalText = v.optional(text())
const optionalSecret = v.optional(secret())
const optionalUrl = v.optional(url())

const metadata = v.optional(
  v.pipe(
    map(
      text('It must be a string of ASCII characters.', (given) => !/[^\t\x20-\x7e]/.test(given)),
      "It must be a map such as `{ team: 'web' }`.",
    ),
    v.check(
      (given) => Object.keys(given).every((name) => /^[a-z_][a-z0-9_-]*$/.test(name)),
      'has a name that cannot be stored\nNames consist of lower-case letters, digits, `_` and `-`.',
    ),
  ),
)

const tags = v.optional(
  v.pipe(
    map(v.string('It must be a string.'), "It must be a map such as `{ stage: 'production' }`."),
    v.check((given) => Object.keys(given).length <= 10, 'has more than ten tags\nAn object can have ten.'),
  ),
)

/** The options that are stored with each object of the site. */
const storedOptions = [
  'acl',
  'storageClass',
  'serverSideEncryption',
  'kmsKeyId',
  'kmsKeyName',
  'accessTier',
  'encryptionScope',
  'metadata',
  'tags',
] as const

/**
 * What a target stores with each object of the site, besides its headers, as text: equal for equal options.
 * `undefined` for nothing.
 */
export function storedWith(target: TargetOptions): string | undefined {
  const given = target as Partial<Record<(typeof storedOptions)[number], string | Record<string, string>>>
  const stored = storedOptions.flatMap((name) => {
    const value = given[name]
    if (value === undefined) return []
    return [[name, typeof value === 'string' ? value : Object.entries(value).sort()]]
  })
  return stored.length > 0 ? JSON.stringify(stored) : undefined
}

/** The built-in targets, by their `backend`. */
export const targetSchemas = {
  directory: object<DirectoryTarget>()(
    {
      ...targetEntries,
      backend: v.literal('directory'),
      path: text(),
      statePath: optionalText,
    },
    targetRules,
  ),

  s3: object<S3Target>()(
    {
      ...targetEntries,
      backend: v.literal('s3'),
      bucket: text(),
      region: optionalText,
      endpoint: optionalUrl,
      forcePathStyle: v.optional(boolean()),
      accessKeyId: optionalSecret,
      secretAccessKey: optionalSecret,
      sessionToken: optionalSecret,
      profile: optionalText,
      acl: optionalText,
      storageClass: v.optional(
        text(
          'An archive cannot be read at once: `GLACIER_IR` is the coldest class that can.',
          (given) => !['GLACIER', 'DEEP_ARCHIVE'].includes(given),
        ),
      ),
      serverSideEncryption: v.optional(oneOf(['AES256', 'aws:kms', 'aws:kms:dsse'])),
      kmsKeyId: optionalText,
      metadata,
      tags,
      requestPayer: v.optional(oneOf(['requester'])),
      stateBucket: optionalText,
    },
    [
      ...targetRules,
      samePlace('stateBucket', 'bucket'),
      {
        at: 'kmsKeyId',
        isBroken: ({ kmsKeyId, serverSideEncryption }) =>
          kmsKeyId !== undefined && !serverSideEncryption?.startsWith('aws:kms'),
        what: 'is given without `serverSideEncryption`',
        hint: "Add `serverSideEncryption: 'aws:kms'`.",
      },
      {
        isBroken: (given) => (given.accessKeyId === undefined) !== (given.secretAccessKey === undefined),
        what: 'has only one of `accessKeyId` and `secretAccessKey`',
        hint: 'Give both, or neither and let the environment or the AWS profile supply them.',
      },
      {
        isBroken: (given) => given.accessKeyId !== undefined && given.profile !== undefined,
        what: 'has both `accessKeyId` and `profile`',
        hint: 'Credentials come from one of them.',
      },
    ],
  ),

  gcs: object<GcsTarget>()(
    {
      ...targetEntries,
      backend: v.literal('gcs'),
      bucket: text(),
      keyFilename: optionalText,
      // Not copied: it goes to the SDK as it is.
      credentials: v.optional(
        hidden<Readonly<Record<string, unknown>>>(isObject, 'It must be an object: what a key file holds.'),
      ),
      apiEndpoint: optionalUrl,
      storageClass: optionalText,
      kmsKeyName: v.optional(
        text(
          'It must be the full name of a key: `projects/P/locations/L/keyRings/R/cryptoKeys/K`.',
          (given) => /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/.test(given),
        ),
      ),
      metadata,
      stateBucket: optionalText,
    },
    [
      ...targetRules,
      samePlace('stateBucket', 'bucket'),
      {
        isBroken: (given) => given.keyFilename !== undefined && given.credentials !== undefined,
        what: 'has both `keyFilename` and `credentials`',
        hint: 'Give one of them, or neither and let the environment supply application default credentials.',
      },
    ],
  ),

  azure: object<AzureTarget>()(
    {
      ...targetEntries,
      backend: v.literal('azure'),
      connectionString: optionalSecret,
      accountUrl: v.optional(
        v.pipe(
          url(),
          v.check(
            (given) => new URL(given).search === '',
            'has a query\nA shared access signature belongs into `sasToken`.',
          ),
          v.check(
            (given) => new URL(given).username === '' && new URL(given).password === '',
            'has a user name or password\nAzure knows neither: sign in with a `sasToken` or a `credential`.',
          ),
        ),
      ),
      sasToken: optionalSecret,
      credential: v.optional(
        v.custom<AzureCredential>(
          (given) => typeof (given as AzureCredential | null)?.getToken === 'function',
          'has no `getToken`\nIt must be a credential such as `new DefaultAzureCredential()` of `@azure/identity`.',
        ),
      ),
      container: optionalText,
      accessTier: v.optional(oneOf(['Hot', 'Cool', 'Cold'])),
      metadata,
      tags,
      encryptionScope: optionalText,
      stateContainer: optionalText,
    },
    [
      ...targetRules,
      samePlace('stateContainer', 'container', defaultContainer),
      {
        isBroken: (given) => given.connectionString === undefined && given.accountUrl === undefined,
        what: 'has neither `connectionString` nor `accountUrl`',
        hint: oneAccount,
      },
      {
        isBroken: (given) => given.connectionString !== undefined && given.accountUrl !== undefined,
        what: 'has both `connectionString` and `accountUrl`',
        hint: oneAccount,
      },
      {
        isBroken: (given) =>
          given.connectionString !== undefined &&
          (given.sasToken !== undefined || given.credential !== undefined),
        what: 'has `connectionString` and other credentials',
        hint: 'A connection string holds its own credentials; others go with `accountUrl`.',
      },
      {
        isBroken: (given) => given.sasToken !== undefined && given.credential !== undefined,
        what: 'has both `sasToken` and `credential`',
        hint: 'Give one of them.',
      },
    ],
  ),
}

const backendMembers = {
  name: 'string',
  maxRemove: 'number',
  conditional: 'boolean',
  conditionalRemove: 'boolean',
  keepsHeaders: 'boolean',
  list: 'function',
  get: 'function',
  put: 'function',
  remove: 'function',
} as const

const lacking = (backend: object) =>
  Object.entries(backendMembers).filter(
    ([name, type]) => typeof backend[name as keyof typeof backend] !== type,
  )

const mustBeBackend = 'It must implement the interface `Backend` of `vite-distill`.'

/** A storage of the user's own. It may be an instance of a class, so it is not copied. */
const backendSchema = v.pipe(
  v.custom<Backend>((given) => typeof given === 'object' && given !== null, mustBeBackend),
  v.check(
    (backend) => lacking(backend).length === 0,
    ({ input }) =>
      `has ${lacking(input)
        .map(([name, type]) => `no ${type} \`${name}\``)
        .join(', ')}\n${mustBeBackend}`,
  ),
)

const customSchema = object<CustomTarget>()(
  {
    ...targetEntries,
    backend: v.lazy((given): v.GenericSchema<CustomTarget['backend']> =>
      typeof given === 'function' ? v.custom<() => Backend | Promise<Backend>>(() => true) : backendSchema,
    ),
  },
  targetRules,
)

/** A target with an unknown `backend`. Which other names it may have is unknown too. */
const unknownTarget = v.looseObject(
  { ...targetEntries, backend: oneOf(Object.keys(targetSchemas), 'a storage of your own') },
  'A target needs a `backend`, such as `directory` or `s3`.',
)

/** A target of any kind. */
export const targetSchema = v.lazy((given) => {
  const { backend } = isObject(given) ? given : {}
  const schema: v.GenericSchema = !isObject(given)
    ? anyObject('A target is an object with a `backend`.')
    : isCustom({ backend } as Target)
      ? customSchema
      : Object.hasOwn(targetSchemas, String(backend))
        ? targetSchemas[backend as keyof typeof targetSchemas]
        : unknownTarget
  return schema as v.GenericSchema<Target>
})

/** Whether the storage of a target is the user's own. */
export const isCustom = (target: Target): target is CustomTarget =>
  typeof target.backend === 'function' || (typeof target.backend === 'object' && target.backend !== null)

/**
 * Checks that an object is a storage.
 * @param where How messages call it
 * @throws {DistillError} `OPTION_INVALID`
 */
export const checkBackend = (where: string, backend: Backend): Backend => parse(backendSchema, backend, where)
