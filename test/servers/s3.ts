import type { H3Event } from 'h3'
import { errorDocument, xmlAnswer } from './s3/answer.ts'
import { S3Error } from './s3/error.ts'
import { operationOf, perform, type Call } from './s3/operations.ts'
import { authenticate, type Credentials } from './s3/signature.ts'
import { createBucket, isPublic, type Bucket } from './s3/store.ts'
import { bucketWebsiteAnswer } from './s3/website.ts'
import { nodeRequest, splitOnce, startServer, type StorageServer } from './server.ts'

export interface S3Options extends Partial<Credentials> {
  port?: number
  /** Buckets that exist from the start, which anybody may read. */
  publicBuckets?: string[]
  /** Buckets that exist from the start. */
  buckets?: string[]
}

export type S3Server = StorageServer<Bucket>

/** An S3 in memory that checks signatures and digests as the real one does. */
export async function startS3(options: S3Options = {}): Promise<S3Server> {
  const { accessKeyId = 'TESTAK', secretAccessKey = 'TESTSK', sessionToken, region = 'us-east-1' } = options
  const credentials = { accessKeyId, secretAccessKey, region, ...(sessionToken && { sessionToken }) }
  const buckets = new Map<string, Bucket>()
  for (const name of options.buckets ?? []) buckets.set(name, createBucket())
  for (const name of options.publicBuckets ?? [])
    buckets.set(name, { ...createBucket(), publicPrefixes: [''] })
  return startServer<Bucket, Call>(options.port ?? 0, buckets, {
    callOf,
    operationOf,
    answer: (call, event) => answer(call, event, buckets, credentials),
    faultAnswer: ({ status, code }, call) =>
      refusal(call, status, errorDocument(code, 'a fault of the test', call.bucket)),
    websiteAnswer: bucketWebsiteAnswer,
  })
}

async function callOf(event: H3Event): Promise<Call> {
  const [path, query = ''] = splitOnce(nodeRequest(event).url!, '?')
  const [bucket, key] = splitOnce(path!.slice(1), '/')
  return {
    method: event.req.method,
    bucket: decodeURIComponent(bucket!),
    key: key ? decodeURIComponent(key) : undefined,
    query: new URLSearchParams(query),
    headers: event.req.headers,
    raw: Buffer.from(await event.req.arrayBuffer()),
  }
}

function answer(
  call: Call,
  event: H3Event,
  buckets: Map<string, Bucket>,
  credentials: Credentials,
): Response {
  const [path, query = ''] = splitOnce(nodeRequest(event).url!, '?')
  try {
    const known = authenticate(
      { method: call.method, path: path!, query, headers: call.headers },
      credentials,
    )
    if (!known && !mayAnybody(call, buckets)) throw new S3Error('AccessDenied', 'Access Denied')
    if (!saysLength(call)) throw new S3Error('MissingContentLength')
    return perform(call, buckets)
  } catch (error) {
    if (!(error instanceof S3Error)) throw error
    return refusal(call, error.status, errorDocument(error.code, error.message, path!, error.details))
  }
}

/** `aws-chunked` may come without a length, since its chunks have theirs. */
const saysLength = ({ method, headers }: Call) =>
  method !== 'PUT' || headers.has('content-length') || headers.has('x-amz-decoded-content-length')

function mayAnybody(call: Call, buckets: Map<string, Bucket>): boolean {
  const bucket = buckets.get(call.bucket)
  const reads = ['GetObject', 'HeadObject'].includes(operationOf(call))
  // Who may not list is not told either that there is no such object.
  return reads && bucket?.objects.has(call.key!) === true && isPublic(bucket, call.key!)
}

const refusal = (call: Call, status: number, document: string) =>
  call.method === 'HEAD' ? new Response(null, { status }) : xmlAnswer(document, status)
