import type * as Sdk from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import type { Source } from '../backend.ts'
import { sendInParts } from '../parts.ts'

/** The most parts that S3 accepts. */
const maxParts = 10_000

type Conditions = Pick<Sdk.CompleteMultipartUploadRequest, 'IfMatch' | 'IfNoneMatch'>

/**
 * Stores a large object by a multipart upload. Readers see the object when the last request succeeds.
 * @returns the ETag
 */
export async function uploadMultipart(
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
    const Parts = await sendInParts(source, Key, maxParts, async (Body, i) => {
      const ContentMD5 = createHash('md5').update(Body).digest('base64')
      const part = { ...upload, PartNumber: i + 1, Body, ContentMD5 }
      const { ETag } = await client.send(new sdk.UploadPartCommand(part))
      return { ETag, PartNumber: i + 1 }
    })
    const done = await client.send(
      new sdk.CompleteMultipartUploadCommand({ ...upload, ...conditions, MultipartUpload: { Parts } }),
    )
    // Ceph's gateway returns an empty ETag.
    return done.ETag || (await client.send(new sdk.HeadObjectCommand({ Bucket, Key }))).ETag
  } catch (error) {
    // Parts that stay cost money. If the abort fails too, the first error is the one to report.
    await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => {})
    throw error
  }
}
