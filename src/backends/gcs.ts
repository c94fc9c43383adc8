import type { GcsTarget } from './targets.ts'
import {
  BackendError,
  type CopyOptions,
  type KnownObject,
  type PlacedBackend,
  type PutOptions,
  type Retry,
  type RewriteOptions,
  type Source,
  type StoredObject,
} from './backend.ts'
import { isOwnKey } from '../keys.ts'
import { followTokens } from './follow-tokens.ts'
import { createClient } from './gcs/client.ts'
import { isConditionNotMet, isNoSuchObject, toBackendError } from './gcs/failure.ts'
import { uploadMultipart } from './gcs/multipart.ts'
import { listedFields, properties, storedObject, type ListedObject, type Uploaded } from './gcs/object.ts'
import { contentOf, jsonOf } from './gcs/response.ts'
import { uploadResumable } from './gcs/resumable.ts'
import { longKey } from '../keys.ts'
import { partSize } from './parts.ts'
import { wrapErrorsWith, wrapOperations } from './wrap-errors.ts'

const wrapErrors = wrapErrorsWith(toBackendError)

/**
 * Publishes to Google Cloud Storage, through its JSON API.
 * @param root Vite's root, which a relative `keyFilename` is relative to
 * @param timeout milliseconds without traffic on its connection after which a request fails
 * @throws {DistillError} `SDK_MISSING`
 */
export async function gcsBackend(target: GcsTarget, root: string, timeout = 30_000): Promise<PlacedBackend> {
  const { call, close } = await createClient(target, root, timeout)
  const name = `gs://${target.bucket}/`
  const objects = `/storage/v1${inBucket(target.bucket)}`
  const pathOf = (key: string) => `${objects}/${encodeURIComponent(key)}`

  async function* list(prefix: string, after?: string): AsyncGenerator<StoredObject[], void, undefined> {
    // `startOffset` is inclusive: start at the first name after `after`.
    const startOffset = after === undefined ? undefined : `${after}\u0001`
    yield* followTokens(name, async (pageToken) => {
      const query = { prefix, maxResults: '1000', fields: listedFields, startOffset, pageToken }
      const page = await wrapErrors(`cannot list \`${name}\``, async () => {
        const response = await call({ method: 'GET', path: objects, query })
        return jsonOf<{ items?: ListedObject[]; nextPageToken?: string }>(response)
      })
      return { objects: (page.items ?? []).map(storedObject), next: page.nextPageToken }
    })
  }

  async function get(key: string) {
    try {
      const response = await call({ method: 'GET', path: pathOf(key), query: { alt: 'media' } })
      return { body: contentOf(response), etag: String(response.headers['x-goog-generation']) }
    } catch (error) {
      if (isNoSuchObject(error)) return undefined
      throw error
    }
  }

  async function put(
    key: string,
    source: Source,
    { headers, ifMatch, retry }: PutOptions & { retry: Retry },
  ) {
    const md5Hash = Buffer.from(source.md5, 'hex').toString('base64')
    const { storageClass, kmsKeyName, metadata: custom } = target
    const ofTheSite = isOwnKey(key) ? {} : { storageClass, metadata: custom }
    const metadata = { name: key, md5Hash, ...properties(headers), ...ofTheSite }
    const query = { ifGenerationMatch: generationOf(ifMatch), kmsKeyName, fields: 'generation' }
    const upload = source.size > partSize ? uploadResumable : uploadMultipart
    const { generation } = await upload(call, `/upload${objects}`, query, metadata, source, retry)
    return { etag: generation }
  }

  async function rewrite(key: string, { headers, ifMatch }: RewriteOptions) {
    const patch = async (changes: object) =>
      call({
        method: 'PATCH',
        path: pathOf(key),
        query: { ifGenerationMatch: ifMatch, fields: 'generation' },
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(changes),
      })
    try {
      const { metadata } = target
      // A patch adds to the metadata: remove the old ones first.
      if (metadata) await patch({ metadata: null })
      const response = await patch({ ...properties(headers), metadata })
      return { etag: jsonOf<Uploaded>(response).generation }
    } catch (error) {
      if (!isNoSuchObject(error)) throw error
      throw new BackendError('precondition', `cannot rewrite \`${key}\` in \`${name}\`: it was removed`)
    }
  }

  async function copy(
    from: string,
    to: string,
    {
      headers,
      ifSourceMatch,
      ifMatch,
      retry,
      place = target.bucket,
    }: CopyOptions & { place?: string; retry: Retry },
  ) {
    const { storageClass, kmsKeyName: destinationKmsKeyName, metadata: custom } = target
    const metadata = {
      ...properties(headers),
      // Without any metadata, the storage takes those of the copied object.
      contentType: headers['content-type'] ?? 'application/octet-stream',
      ...(isOwnKey(to) ? {} : { storageClass, metadata: custom }),
    }
    const request = {
      method: 'POST',
      path: `/storage/v1${inBucket(place)}/${encodeURIComponent(from)}/rewriteTo${inBucket(target.bucket)}/${encodeURIComponent(to)}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(metadata),
    } as const
    const query = {
      ifSourceGenerationMatch: ifSourceMatch,
      ifGenerationMatch: generationOf(ifMatch),
      destinationKmsKeyName,
      fields: 'rewriteToken,resource(generation)',
    }
    try {
      let rewriteToken: string | undefined
      for (;;) {
        const response = await retry(() => call({ ...request, query: { ...query, rewriteToken } }))
        const answer = jsonOf<{ resource: Uploaded } | { rewriteToken: string; resource?: undefined }>(
          response,
        )
        if (answer.resource) return { etag: answer.resource.generation }
        // A large object takes several requests. The copy is visible after the last one.
        ;({ rewriteToken } = answer)
      }
    } catch (error) {
      if (!isNoSuchObject(error)) throw error
      const why = 'one of them was removed'
      throw new BackendError('precondition', `cannot copy \`${from}\` to \`${to}\` in \`${name}\`: ${why}`)
    }
  }

  async function remove(objects: readonly KnownObject[]): Promise<string[]> {
    const left: string[] = []
    for (const { key, etag } of objects) {
      try {
        await call({ method: 'DELETE', path: pathOf(key), query: { ifGenerationMatch: etag } })
      } catch (error) {
        if (isNoSuchObject(error)) continue
        if (etag === undefined || !isConditionNotMet(error)) throw error
        // An object that does not exist may fail the condition, too.
        if (await isStored(key)) left.push(key)
      }
    }
    return left
  }

  async function isStored(key: string): Promise<boolean> {
    try {
      await call({ method: 'GET', path: pathOf(key), query: { fields: 'generation' } })
      return true
    } catch (error) {
      if (isNoSuchObject(error)) return false
      throw error
    }
  }

  const operations = wrapOperations(name, toBackendError, { get, put, rewrite, copy, remove })
  return {
    name,
    // A request removes one object; the caller runs several at once.
    maxRemove: 1,
    conditional: true,
    conditionalRemove: true,
    keepsHeaders: true,
    sorted: true,
    list,
    refuses,
    ...operations,
    // An object keeps its class and its key until it is written again.
    rewrite: (target.storageClass ?? target.kmsKeyName) === undefined ? operations.rewrite : undefined,
    close,
  }
}

const inBucket = (bucket: string) => `/b/${encodeURIComponent(bucket)}/o`

/** An object that does not exist has generation 0. */
const generationOf = (ifMatch: string | null | undefined) => (ifMatch === null ? '0' : ifMatch)

function refuses(key: string): string | undefined {
  if (/[\r\n]/.test(key)) return 'it has a line break'
  if (key.startsWith('.well-known/acme-challenge/')) return 'it is below `.well-known/acme-challenge/`'
  return longKey(key)
}
