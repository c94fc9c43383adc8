import { randomUUID } from 'node:crypto'
import { GcsError } from './error.ts'
import {
  checkConditions,
  checkName,
  putObject,
  type Bucket,
  type StoredObject,
  type Upload,
} from './store.ts'

/** All parts but the last are multiples of this. */
const quantum = 256 * 1024

export function beginUpload(
  bucket: Bucket,
  upload: Pick<Upload, 'name' | 'metadata' | 'query' | 'publicRead'>,
): string {
  checkName(upload.name)
  checkConditions(bucket.objects.get(upload.name), upload.query)
  const id = randomUUID()
  bucket.uploads.set(id, { ...upload, received: [], size: 0 })
  return id
}

/** Adds a part, or only reports the progress. @returns the object after the last part, else the bytes received so far */
export function continueUpload(
  bucket: Bucket,
  id: string,
  range: string | null,
  body: Buffer,
): StoredObject | number {
  const finished = bucket.uploaded.get(id)
  if (finished) return finished.object
  const upload = bucket.uploads.get(id)
  if (!upload) throw new GcsError('notFound', 'Upload session not found')
  const { start, total } = parseRange(range, body)
  if (start === undefined) {
    if (total !== upload.size) return upload.size
  } else {
    if (start > upload.size) throw new GcsError('invalid', 'Invalid request. There were holes in the upload.')
    const last = total !== undefined && start + body.length === total
    if (!last && body.length % quantum !== 0) {
      const message = `Invalid request. The number of bytes uploaded is required to be equal or greater than ${quantum}, except for the final request (it's recommended to be the exact multiple of ${quantum}). The received request contained ${body.length} bytes, which does not meet this requirement.`
      throw new GcsError('badRequest', message)
    }
    upload.received.push(body.subarray(upload.size - start))
    upload.size = start + body.length
    if (!last) return upload.size
  }
  const content = Buffer.concat(upload.received)
  // The last part ends the upload, even if the object cannot be written.
  bucket.uploads.delete(id)
  const { name, query } = upload
  const object = putObject(bucket, name, content, upload.metadata, query, upload.publicRead)
  bucket.uploaded.set(id, { name, query, object })
  return object
}

/** `bytes 0-9/20`, `bytes 0-9/*`, `bytes 0-*\/*` (the last part), `bytes *\/20` (a question for the progress); without a header, the whole content. */
function parseRange(
  range: string | null,
  body: Buffer,
): { start: number | undefined; total: number | undefined } {
  if (range === null) return { start: 0, total: body.length }
  const match = /^bytes (?:\*|(\d+)-(\d+|\*))\/(\d+|\*)$/.exec(range)
  if (!match) throw new GcsError('invalid', `Failed to parse Content-Range header: ${range}`)
  const [, first, last, whole] = match
  const total = whole === '*' ? undefined : Number(whole)
  if (first === undefined) return { start: undefined, total }
  const start = Number(first)
  if (last === '*') return { start, total: start + body.length }
  if (Number(last) - start + 1 !== body.length)
    throw new GcsError('invalid', 'Content-Length does not match Content-Range.')
  return { start, total }
}
