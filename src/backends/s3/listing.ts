import type { ListObjectsV2CommandOutput, S3Client } from '@aws-sdk/client-s3'
import { WritableStream } from 'htmlparser2/WritableStream'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BackendError } from '../backend.ts'

type Listing = Omit<ListObjectsV2CommandOutput, '$metadata'>

/**
 * Reads listings by an XML parser that takes a sixth of the processor time of the SDK's.
 * @param place The bucket's name in messages
 */
export function readListings({ middlewareStack, config }: S3Client, place: string): void {
  middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== 'ListObjectsV2Command') return next(args)
        const request = args.request as Parameters<typeof config.requestHandler.handle>[0]
        const { response } = await config.requestHandler.handle(request)
        // The SDK makes an error of it.
        if (response.statusCode !== 200) return next({ ...args, response } as typeof args)
        const listing = await parseListing(response.body as Readable, place)
        return { response, output: { ...listing, $metadata: {} } }
      },
    { step: 'deserialize', priority: 'high', name: 'readListings' },
  )
}

/** @throws {BackendError} for what is no listing, or not all of one */
async function parseListing(body: Readable, place: string): Promise<Listing> {
  const listing: Record<string, string> = {}
  const Contents: Record<string, string>[] = []
  const path: string[] = []
  let root: string | undefined
  let content = ''
  let isWhole = false
  const parser = new WritableStream(
    {
      onopentag(name) {
        path.push(name)
        root ??= name
        if (path.length === 2 && name === 'Contents') Contents.push({})
        content = ''
      },
      ontext(text) {
        content += text
      },
      onclosetag(name, isImplied) {
        if (path.length === 2) listing[name] = content
        else if (path.length === 3 && path[1] === 'Contents') Contents.at(-1)![name] = content
        path.pop()
        isWhole = path.length === 0 && !isImplied
      },
    },
    { xmlMode: true },
  )
  await pipeline(body, parser)
  if (root !== undefined && root !== 'ListBucketResult')
    throw new BackendError('rejected', `cannot list \`${place}\`: the response is no listing of S3`)
  if (!isWhole) throw new BackendError('unavailable', `cannot list \`${place}\`: the response ends too early`)
  const { KeyCount, IsTruncated, NextContinuationToken, EncodingType } = listing
  return {
    KeyCount: KeyCount === undefined ? undefined : Number(KeyCount),
    IsTruncated: IsTruncated === 'true',
    NextContinuationToken,
    EncodingType: EncodingType as Listing['EncodingType'],
    Contents: Contents.map(({ Key, Size, ETag, LastModified }) => ({
      Key,
      Size: Size === undefined ? undefined : Number(Size),
      ETag,
      LastModified: LastModified === undefined ? undefined : new Date(LastModified),
    })),
  }
}
