import type { PutOptions, StoredObject } from '../backend.ts'

/** What the storage tells of an object in a listing. */
export interface Listed {
  name: string
  size: string
  generation: string
  updated: string
  /** In base64; an object composed of others has none. */
  md5Hash?: string
}

/** What it tells of one that was just written. */
export type Uploaded = Pick<Listed, 'generation'>

export const listedFields = 'nextPageToken,items(name,size,generation,updated,md5Hash)'

/** The generation is the ETag: it changes with the content, and it is what a condition compares. */
export const storedObject = ({ name, size, generation, updated, md5Hash }: Listed): StoredObject => ({
  key: name,
  size: Number(size),
  etag: generation,
  modified: Date.parse(updated),
  ...(md5Hash === undefined ? {} : { md5: Buffer.from(md5Hash, 'base64').toString('hex') }),
})

/** The headers as the storage names them; `null` takes away what was there before. */
export const properties = (headers: PutOptions['headers']) => ({
  contentType: headers['content-type'] ?? null,
  cacheControl: headers['cache-control'] ?? null,
  contentLanguage: headers['content-language'] ?? null,
  contentDisposition: headers['content-disposition'] ?? null,
  contentEncoding: headers['content-encoding'] ?? null,
})
