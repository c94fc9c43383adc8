import type { GcsTarget } from './targets.ts'
import {
  BackendError,
  type Backend,
  type PutOptions,
  type RewriteOptions,
  type Source,
  type StoredObject,
} from './backend.ts'
import { createClient } from './gcs/client.ts'
import { isNoSuchObject, toBackendError } from './gcs/failure.ts'
import { uploadMultipart } from './gcs/multipart.ts'
import { listedFields, properties, storedObject, type ListedObject, type Uploaded } from './gcs/object.ts'
import { contentOf, jsonOf } from './gcs/response.ts'
import { uploadResumable } from './gcs/resumable.ts'
import { partSize } from './parts.ts'
import { wrapErrorsWith, wrapOperations } from './wrap-errors.ts'

const wrapErrors = wrapErrorsWith(toBackendError)

/**
 * Publishes to Google Cloud Storage, through its JSON API.
 * @param root Vite's root, which a relative `keyFilename` is relative to
 * @param timeout milliseconds without traffic on its connection after which a request fails
 * @throws {DistillError} `SDK_MISSING`
 */
export async function gcsBackend(target: GcsTarget, root: string, timeout = 30_000): Promise<Backend> {
  const { call, close } = await createClient(target, root, timeout)
  const name = `gs://${target.bucket}/`
  const objects = `/storage/v1/b/${encodeURIComponent(target.bucket)}/o`
  const pathOf = (key: string) => `${objects}/${encodeURIComponent(key)}`

  async function* list(prefix: string, after?: string): AsyncGenerator<StoredObject[], void, undefined> {
    // `startOffset` is inclusive: start at the first name after `after`.
    const startOffset = after === undefined ? undefined : `${after}\u0001`
    let pageToken: string | undefined
    do {
      const query = { prefix, maxResults: '1000', fields: listedFields, startOffset, pageToken }
      const page = await wrapErrors(`cannot list \`${name}\``, async () => {
        const response = await call({ method: 'GET', path: objects, query })
        return jsonOf<{ items?: ListedObject[]; nextPageToken?: string }>(response)
      })
      pageToken = page.nextPageToken
      yield (page.items ?? []).map(storedObject)
    } while (pageToken)
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

  async function put(key: string, source: Source, { headers, ifMatch }: PutOptions) {
    const md5Hash = Buffer.from(source.md5, 'hex').toString('base64')
    const metadata = { name: key, md5Hash, ...properties(headers) }
    // An object that does not exist has generation 0.
    const ifGenerationMatch = ifMatch === null ? '0' : ifMatch
    const query = { ifGenerationMatch, fields: 'generation' }
    const upload = source.size > partSize ? uploadResumable : uploadMultipart
    const { generation } = await upload(call, `/upload${objects}`, query, metadata, source)
    return { etag: generation }
  }

  async function rewrite(key: string, { headers, ifMatch }: RewriteOptions) {
    try {
      const response = await call({
        method: 'PATCH',
        path: pathOf(key),
        query: { ifGenerationMatch: ifMatch, fields: 'generation' },
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(properties(headers)),
      })
      return { etag: jsonOf<Uploaded>(response).generation }
    } catch (error) {
      if (!isNoSuchObject(error)) throw error
      throw new BackendError('precondition', `cannot rewrite \`${key}\` in \`${name}\`: it was removed`)
    }
  }

  async function remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      try {
        await call({ method: 'DELETE', path: pathOf(key) })
      } catch (error) {
        if (!isNoSuchObject(error)) throw error
      }
    }
  }

  return {
    name,
    // A request removes one object; the caller runs several at once.
    maxRemove: 1,
    conditional: true,
    keepsHeaders: true,
    list,
    ...wrapOperations(name, toBackendError, { get, put, rewrite, remove }),
    close,
  }
}
