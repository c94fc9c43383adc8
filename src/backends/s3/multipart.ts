import type * as Sdk from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import type { Source } from '../backend.ts'
import { changed, readRange } from '../source.ts'

const mebibyte = 1024 * 1024
/** Larger bodies go in parts of at least this size. */
export const partSize = 8 * mebibyte
/** As many parts as S3 takes. */
const maxParts = 10_000
/** Each holds its bytes in memory. */
const inFlight = 4

/** How a body is cut: as S3 takes it, and whole mebibytes. */
const partSizeOf = (size: number) => Math.max(partSize, Math.ceil(size / maxParts / mebibyte) * mebibyte)

type Conditions = Pick<Sdk.CompleteMultipartUploadRequest, 'IfMatch' | 'IfNoneMatch'>

/** Stores a large object in parts; it appears whole when the last request succeeds, or never. */
export async function putInParts(
  sdk: typeof Sdk,
  client: Sdk.S3Client,
  object: Sdk.CreateMultipartUploadRequest & { Bucket: string; Key: string },
  conditions: Conditions,
  source: Source,
): Promise<string | undefined> {
  const { Bucket, Key } = object
  const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(object))
  const upload = { Bucket, Key, UploadId }
  try {
    const Parts = await sendParts(sdk, client, upload, source)
    const done = await client.send(
      new sdk.CompleteMultipartUploadCommand({ ...upload, ...conditions, MultipartUpload: { Parts } }),
    )
    // Ceph's gateway answers with an empty one.
    return done.ETag || (await client.send(new sdk.HeadObjectCommand({ Bucket, Key }))).ETag
  } catch (error) {
    // Parts left behind cost money; if they cannot be removed either, the first failure is the one to tell.
    await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => {})
    throw error
  }
}

async function sendParts(
  sdk: typeof Sdk,
  client: Sdk.S3Client,
  upload: { Bucket: string; Key: string; UploadId: string | undefined },
  source: Source,
): Promise<Sdk.CompletedPart[]> {
  const size = partSizeOf(source.size)
  const count = Math.ceil(source.size / size)
  const parts: Sdk.CompletedPart[] = []
  const whole = createHash('md5')
  let next = 0
  let turn = Promise.resolve<unknown>(undefined)

  // Read one after the other, for the MD5 of the whole, and sent side by side.
  async function read(i: number) {
    const bytes = await readRange(source, upload.Key, i * size, Math.min((i + 1) * size, source.size))
    whole.update(bytes)
    return bytes
  }
  async function sendSome(): Promise<void> {
    while (next < count) {
      const i = next++
      const reading = turn.then(() => read(i))
      turn = reading
      const Body = await reading
      const ContentMD5 = createHash('md5').update(Body).digest('base64')
      const part = { ...upload, PartNumber: i + 1, Body, ContentMD5 }
      parts[i] = { ETag: (await client.send(new sdk.UploadPartCommand(part))).ETag, PartNumber: i + 1 }
    }
  }
  const sending = Array.from({ length: inFlight }, () =>
    sendSome().catch((error: unknown) => {
      next = count
      throw error
    }),
  )
  // All come to rest before the upload is aborted: a part that arrives later would stay.
  await Promise.allSettled(sending)
  await Promise.all(sending)
  if (whole.digest('hex') !== source.md5) throw changed(upload.Key, 'has another MD5 than announced')
  return parts
}
