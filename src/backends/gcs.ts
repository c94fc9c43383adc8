import { randomUUID } from 'node:crypto'
import type { GcsTarget } from './targets.ts'
import {
  BackendError,
  type Backend,
  type PutOptions,
  type RewriteOptions,
  type Source,
  type StoredObject,
} from './backend.ts'
import { failingAs, worded } from './failing.ts'
import { createClient } from './gcs/client.ts'
import { asFailure, isNoSuchObject } from './gcs/failure.ts'
import { listedFields, properties, storedObject, type Listed, type Uploaded } from './gcs/object.ts'
import { contentOf, jsonOf } from './gcs/request.ts'
import { partSize, putInParts } from './gcs/resumable.ts'
import { readRange } from './source.ts'

const failing = failingAs(asFailure)

/**
 * Publishes to Google Cloud Storage, through its JSON API.
 * @param root Vite's, which a relative `keyFilename` is relative to
 * @throws {DistillError} `SDK_MISSING`
 */
export async function gcsBackend(target: GcsTarget, root: string): Promise<Backend> {
  const { call, close } = await createClient(target, root)
  const name = `gs://${target.bucket}/`
  const objects = `/storage/v1/b/${encodeURIComponent(target.bucket)}/o`
  const pathOf = (key: string) => `${objects}/${encodeURIComponent(key)}`

  async function* list(prefix: string, after?: string): AsyncGenerator<StoredObject[], void, undefined> {
    // The offset itself is given too: the one behind `after` is the first that is not it.
    const startOffset = after === undefined ? undefined : `${after}\u0001`
    let pageToken: string | undefined
    do {
      const query = { prefix, maxResults: '1000', fields: listedFields, startOffset, pageToken }
      const page = await failing(`cannot list \`${name}\``, async () => {
        const answer = await call({ method: 'GET', path: objects, query })
        return jsonOf<{ items?: Listed[]; nextPageToken?: string }>(answer)
      })
      pageToken = page.nextPageToken
      yield (page.items ?? []).map(storedObject)
    } while (pageToken)
  }

  async function get(key: string) {
    try {
      const answer = await call({ method: 'GET', path: pathOf(key), query: { alt: 'media' } })
      return { body: contentOf(answer), etag: String(answer.headers['x-goog-generation']) }
    } catch (error) {
      if (isNoSuchObject(error)) return undefined
      throw error
    }
  }

  async function put(key: string, source: Source, { headers, ifMatch }: PutOptions) {
    const md5Hash = Buffer.from(source.md5, 'hex').toString('base64')
    const metadata = { name: key, md5Hash, ...properties(headers) }
    // Generation 0 is that of an object which does not exist.
    const ifGenerationMatch = ifMatch === null ? '0' : ifMatch
    const query = { ifGenerationMatch, fields: 'generation' }
    const { generation } = await (source.size > partSize
      ? putInParts(call, `/upload${objects}`, query, metadata, source)
      : putWhole(`/upload${objects}`, query, metadata, source))
    return { etag: generation }
  }

  async function putWhole(
    path: string,
    query: Record<string, string | undefined>,
    metadata: { name: string; contentType: string | null },
    source: Source,
  ): Promise<Uploaded> {
    const bytes = await readRange(source, metadata.name, 0, source.size)
    const boundary = randomUUID()
    const type = metadata.contentType ?? 'application/octet-stream'
    const answer = await call({
      method: 'POST',
      path,
      query: { ...query, uploadType: 'multipart' },
      headers: { 'content-type': `multipart/related; boundary=${boundary}` },
      body: Buffer.concat([
        Buffer.from(
          `--${boundary}\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${JSON.stringify(metadata)}\r\n` +
            `--${boundary}\r\ncontent-type: ${type}\r\n\r\n`,
        ),
        bytes,
        Buffer.from(`\r\n--${boundary}--\r\n`),
      ]),
    })
    return jsonOf<Uploaded>(answer)
  }

  async function rewrite(key: string, { headers, ifMatch }: RewriteOptions) {
    try {
      const answer = await call({
        method: 'PATCH',
        path: pathOf(key),
        query: { ifGenerationMatch: ifMatch, fields: 'generation' },
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(properties(headers)),
      })
      return { etag: jsonOf<Uploaded>(answer).generation }
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
    // The storage has no request that removes several: how many are sent at once is for the caller to say.
    maxRemove: 1,
    conditional: true,
    keepsHeaders: true,
    list,
    ...worded(name, asFailure, { get, put, rewrite, remove }),
    close,
  }
}
