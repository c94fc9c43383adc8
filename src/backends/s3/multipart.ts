import type * as Sdk from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import type { Retry, Source } from '../backend.ts'
import { inParts, sendInParts } from '../parts.ts'
import { nameOf } from './failure.ts'

/** The most parts that S3 accepts. */
const maxParts = 10_000

type Conditions = Pick<Sdk.CompleteMultipartUploadRequest, 'IfMatch' | 'IfNoneMatch'>
type Upload = Pick<Sdk.CompleteMultipartUploadRequest, 'Bucket' | 'Key' | 'UploadId'>
type NewObject = Sdk.CreateMultipartUploadRequest & { Bucket: string; Key: string }

/**
 * Stores a large object by a multipart upload. Readers see the object when the last request succeeds.
 * @returns the ETag
 */
export const uploadMultipart = (
  sdk: typeof Sdk,
  client: Sdk.S3Client,
  object: NewObject,
  conditions: Conditions,
  source: Source,
  retry: Retry,
): Promise<string | undefined> =>
  storeParts(sdk, client, object, conditions, retry, (upload) =>
    sendInParts(source, object.Key, maxParts, retry, async (Body, i, abortSignal) => {
      const ContentMD5 = createHash('md5').update(Body).digest('base64')
      const part = { ...upload, PartNumber: i + 1, Body, ContentMD5 }
      const { ETag } = await client.send(new sdk.UploadPartCommand(part), { abortSignal })
      return { ETag, PartNumber: i + 1 }
    }),
  )

interface CopiedObject extends Pick<Sdk.UploadPartCopyRequest, 'CopySource' | 'CopySourceIfMatch'> {
  /** Bytes. */
  size: number
  /** Bytes of a part. Grows where the object would have more parts than S3 accepts. */
  copyPart: number
}

/**
 * Copies an object that is too large for one request by a multipart upload. Readers see the copy when the last request
 * succeeds.
 * @returns the ETag
 */
export function copyMultipart(
  sdk: typeof Sdk,
  client: Sdk.S3Client,
  object: NewObject,
  conditions: Conditions,
  { size, copyPart, ...source }: CopiedObject,
  retry: Retry,
): Promise<string | undefined> {
  const partSize = Math.max(copyPart, Math.ceil(size / maxParts))
  return storeParts(sdk, client, object, conditions, retry, (upload) =>
    inParts(Math.ceil(size / partSize), (i) =>
      retry(async (abortSignal) => {
        const end = Math.min((i + 1) * partSize, size)
        const CopySourceRange = `bytes=${i * partSize}-${end - 1}`
        const part = { ...upload, ...source, CopySourceRange, PartNumber: i + 1 }
        const { CopyPartResult } = await client.send(new sdk.UploadPartCopyCommand(part), { abortSignal })
        return { ETag: CopyPartResult?.ETag, PartNumber: i + 1 }
      }),
    ),
  )
}

/** Begins a multipart upload, stores its parts by `store`, and completes it; where that fails, gives it up. */
async function storeParts(
  sdk: typeof Sdk,
  client: Sdk.S3Client,
  object: NewObject,
  conditions: Conditions,
  retry: Retry,
  store: (upload: Upload) => Promise<Sdk.CompletedPart[]>,
): Promise<string | undefined> {
  const { Bucket, Key } = object
  const { UploadId } = await retry(() => client.send(new sdk.CreateMultipartUploadCommand(object)))
  const upload: Upload = { Bucket, Key, UploadId }
  try {
    return await complete(sdk, client, upload, conditions, await store(upload), retry)
  } catch (error) {
    // Parts that stay cost money. If the abort fails too, the first error is the one to report.
    await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => {})
    throw error
  }
}

async function complete(
  sdk: typeof Sdk,
  client: Sdk.S3Client,
  { Bucket, Key, UploadId }: Upload,
  conditions: Conditions,
  Parts: Sdk.CompletedPart[],
  retry: Retry,
): Promise<string | undefined> {
  const storedETag = async () => (await client.send(new sdk.HeadObjectCommand({ Bucket, Key }))).ETag
  const completing = { Bucket, Key, UploadId, ...conditions, MultipartUpload: { Parts } }
  let repeated = false
  return retry(async () => {
    try {
      const { ETag } = await client.send(new sdk.CompleteMultipartUploadCommand(completing))
      // Ceph's gateway returns an empty ETag.
      return ETag || (await storedETag())
    } catch (error) {
      // The first attempt may have succeeded and its response been lost.
      if (repeated && ['NoSuchUpload', 'PreconditionFailed'].includes(nameOf(error) ?? '')) {
        const found = await storedETag().catch(() => undefined)
        if (found !== undefined && unquote(found) === etagOf(Parts)) return found
      }
      repeated = true
      throw error
    }
  })
}

/** The ETag that S3 gives an object of these parts, unless it is encrypted with a key of KMS. */
function etagOf(parts: readonly Sdk.CompletedPart[]): string {
  const md5 = createHash('md5')
  for (const { ETag = '' } of parts) md5.update(unquote(ETag), 'hex')
  return `${md5.digest('hex')}-${parts.length}`
}

const unquote = (etag: string) => etag.replaceAll('"', '')
