import type { PutOptions, StoredObject } from '../backend.ts'

/** An object of a listing, as the storage describes it. */
export interface ListedObject {
  name: string
  size: string
  generation: string
  updated: string
  /** Base64. An object composed of others has none. */
  md5Hash?: string
}

/** The response to an upload. */
export type Uploaded = Pick<ListedObject, 'generation'>

export const listedFields = 'nextPageToken,items(name,size,generation,updated,md5Hash)'

/** The generation is used as the ETag: it changes with the content, and conditions compare it. */
export const storedObject = ({ name, size, generation, updated, md5Hash }: ListedObject): StoredObject => ({
  key: name,
  size: Number(size),
  etag: generation,
  modified: Date.parse(updated),
  md5: md5Hash === undefined ? undefined : Buffer.from(md5Hash, 'base64').toString('hex'),
})

/** The headers under the storage's names. `null` removes one that the object has. */
export const properties = (headers: PutOptions['headers']) => ({
  contentType: headers['content-type'] ?? null,
  cacheControl: headers['cache-control'] ?? null,
  contentLanguage: headers['content-language'] ?? null,
  contentDisposition: headers['content-disposition'] ?? null,
  contentEncoding: headers['content-encoding'] ?? null,
})

/** An object to upload: its name, MD5 and headers. */
export interface Metadata extends ReturnType<typeof properties> {
  name: string
  md5Hash: string
  storageClass?: string
  metadata?: Readonly<Record<string, string>>
}
