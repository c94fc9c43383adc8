import { createHash } from 'node:crypto'
import { crc32c } from './crc32c.ts'
import { GcsError, noSuchObject } from './error.ts'

export interface StoredObject {
  body: Buffer
  /** A number that grows with every write of any object. */
  generation: number
  /** Grows when the metadata change, from 1. */
  metageneration: number
  created: Date
  updated: Date
  md5Hash: string
  crc32c: string
  /** What can be set: `contentType`, `cacheControl`, … */
  settings: Settings
  publicRead: boolean
}

const settable = [
  'contentType',
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'storageClass',
  'metadata',
  'kmsKeyName',
] as const
const storageClasses = ['STANDARD', 'NEARLINE', 'COLDLINE', 'ARCHIVE']

type Settings = Partial<Record<(typeof settable)[number], unknown>>

export interface Upload {
  name: string
  metadata: Record<string, unknown>
  query: URLSearchParams
  publicRead: boolean
  received: Buffer[]
  size: number
}

/** A copy that is not complete: what is copied, whereto, and how many bytes are. */
interface Rewrite {
  request: string
  generation: number
  done: number
}

export interface Bucket {
  objects: Map<string, StoredObject>
  /** Begun and neither completed nor cancelled. */
  uploads: Map<string, Upload>
  /** The objects that uploads ended with. */
  uploaded: Map<string, Pick<Upload, 'name' | 'query'> & { object: StoredObject }>
  /** The names of objects that cannot be deleted. */
  protectedNames: Set<string>
  /** Copies that take more requests, by the token of the next one. */
  rewrites: Map<string, Rewrite>
  /** The most bytes that one request copies. */
  maxRewrite: number
  /** Whether `allUsers` may read. */
  publicRead: boolean
  website: { index: string; error: string | undefined } | undefined
}

export const createBucket = (publicRead = false): Bucket => ({
  objects: new Map(),
  uploads: new Map(),
  uploaded: new Map(),
  protectedNames: new Set(),
  rewrites: new Map(),
  maxRewrite: Infinity,
  publicRead,
  website: undefined,
})

let lastGeneration = 0
const nextGeneration = () => (lastGeneration = Math.max(lastGeneration + 1, Date.now() * 1000))

/** Throws for a name that no object can have. */
export function checkName(name: string): void {
  if (name === '') throw new GcsError('required', 'Required parameter: name')
  if (/[\r\n]/.test(name))
    throw new GcsError('invalid', `Disallowed unicode characters present in object name '${name}'`)
  if (name === '.' || name === '..' || name.startsWith('.well-known/acme-challenge/'))
    throw new GcsError('invalid', `Invalid object name '${name}'`)
  const length = Buffer.byteLength(name)
  if (length > 1024)
    throw new GcsError(
      'invalid',
      `The maximum object length is 1024 characters, but got a name with ${length} characters`,
    )
}

/** Throws if a condition of the query does not hold. */
export function checkConditions(object: StoredObject | undefined, query: URLSearchParams): void {
  const compare = (name: string, current: number, expected: boolean) => {
    const value = query.get(name)
    if (value === null) return true
    if (!/^\d+$/.test(value)) throw new GcsError('invalid', `Invalid value for ${name}: ${value}`)
    return (Number(value) === current) === expected
  }
  const holds =
    compare('ifGenerationMatch', object?.generation ?? 0, true) &&
    compare('ifGenerationNotMatch', object?.generation ?? 0, false) &&
    compare('ifMetagenerationMatch', object?.metageneration ?? 0, true) &&
    compare('ifMetagenerationNotMatch', object?.metageneration ?? 0, false)
  if (!holds)
    throw new GcsError('conditionNotMet', 'At least one of the pre-conditions you specified did not hold.')
}

/** Stores an object. Synchronous, so that no other write comes between the conditions and this one. */
export function putObject(
  bucket: Bucket,
  name: string,
  body: Buffer,
  metadata: Record<string, unknown>,
  query: URLSearchParams,
  publicRead: boolean,
): StoredObject {
  checkName(name)
  const md5Hash = createHash('md5').update(body).digest('base64')
  const sum = crc32c(body)
  checkDigest('MD5', metadata.md5Hash, md5Hash)
  checkDigest('CRC32C', metadata.crc32c, sum)
  checkConditions(bucket.objects.get(name), query)
  const now = new Date()
  const object: StoredObject = {
    body,
    generation: nextGeneration(),
    metageneration: 1,
    created: now,
    updated: now,
    md5Hash,
    crc32c: sum,
    settings: {},
    publicRead,
  }
  // The key comes with the query, the rest with the metadata.
  const kmsKeyName = query.get('kmsKeyName') ?? query.get('destinationKmsKeyName') ?? undefined
  if (
    kmsKeyName !== undefined &&
    !/^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/.test(kmsKeyName)
  )
    throw new GcsError('invalid', `Malformed Cloud KMS crypto key: ${kmsKeyName}`)
  change(object, { ...metadata, kmsKeyName })
  bucket.objects.set(name, object)
  return object
}

/** Changes the given metadata; `null` removes one. */
export function patchObject(object: StoredObject, changes: Record<string, unknown>): void {
  // Only a rewrite changes these two.
  const { storageClass: _, kmsKeyName: __, ...others } = changes
  change(object, others)
  object.metageneration++
  object.updated = new Date()
}

function change({ settings }: StoredObject, changes: Record<string, unknown>): void {
  for (const name of settable) {
    const value = changes[name]
    if (value === undefined) continue
    if (value === null) delete settings[name]
    else if (name === 'storageClass' && !storageClasses.includes(String(value)))
      throw new GcsError('invalid', `Invalid argument: ${String(value)}`)
    else if (name === 'metadata') settings.metadata = merged(settings.metadata, value)
    else if (typeof value === 'string') settings[name] = value
    else throw new GcsError('invalid', `Invalid value for: ${name}`)
  }
}

const merged = (old: unknown, changes: unknown) =>
  Object.fromEntries(
    Object.entries({ ...(old as object | undefined), ...(changes as object) }).filter(
      ([, value]) => value !== null,
    ),
  )

function checkDigest(algorithm: string, given: unknown, calculated: string): void {
  if (given === undefined || given === calculated) return
  const message = `Provided ${algorithm} hash "${String(given)}" doesn't match calculated ${algorithm} hash "${calculated}".`
  throw new GcsError('invalid', message)
}

/** The object, which must be there and meet the conditions of the query. */
export function getObject(
  bucket: Bucket,
  bucketName: string,
  name: string,
  query: URLSearchParams,
): StoredObject {
  const object = bucket.objects.get(name)
  const generation = query.get('generation')
  if (!object || (generation !== null && Number(generation) !== object.generation))
    throw noSuchObject(bucketName, name)
  checkConditions(object, query)
  return object
}
