import type * as Sdk from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import type { Source } from '../backend.ts'
import { sendInParts } from '../parts.ts'

/** As many parts as S3 takes. */
const maxParts = 10_000

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
    const Parts = await sendInParts(source, Key, maxParts, async (Body, i) => {
      const ContentMD5 = createHash('md5').update(Body).digest('base64')
      const part = { ...upload, PartNumber: i + 1, Body, ContentMD5 }
      const { ETag } = await client.send(new sdk.UploadPartCommand(part))
      return { ETag, PartNumber: i + 1 }
    })
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
