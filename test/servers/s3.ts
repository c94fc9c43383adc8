import type { H3Event } from 'h3'
import { errorDocument, xmlResponse } from './s3/response.ts'
import { S3Error } from './s3/error.ts'
import { operationOf, perform, type Call } from './s3/operations.ts'
import { authenticate, type Credentials } from './s3/signature.ts'
import { createBucket, isPublic, type Bucket } from './s3/store.ts'
import { bucketWebsiteResponse } from './s3/website.ts'
import { nodeRequest, splitOnce, startServer, type StorageServer } from './server.ts'

export interface S3Options extends Partial<Credentials> {
  port?: number
  /** Buckets that exist from the start and that everybody may read. */
  publicBuckets?: string[]
  /** Buckets that exist from the start. */
  buckets?: string[]
}

export type S3Server = StorageServer<Bucket>

/** An S3 in memory that checks signatures and digests as Amazon does. */
export async function startS3(options: S3Options = {}): Promise<S3Server> {
  const { accessKeyId = 'TESTAK', secretAccessKey = 'TESTSK', sessionToken, region = 'us-east-1' } = options
  const credentials = { accessKeyId, secretAccessKey, region, ...(sessionToken && { sessionToken }) }
  const buckets = new Map<string, Bucket>()
  for (const name of options.buckets ?? []) buckets.set(name, createBucket())
  for (const name of options.publicBuckets ?? [])
    buckets.set(name, { ...createBucket(), publicKeys: [{ prefixes: [''], except: [] }] })
  return startServer<Bucket, Call>(options.port ?? 0, buckets, {
    callOf,
    operationOf,
    respond: (call, event) => respond(call, event, buckets, credentials),
    faultResponse: ({ status, code }, call) =>
      errorResponse(call, status, errorDocument(code, 'a fault of the test', call.bucket)),
    websiteResponse: bucketWebsiteResponse,
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

function respond(
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
    if (!known && !isPublicRead(call, buckets)) throw new S3Error('AccessDenied', 'Access Denied')
    if (!hasLength(call)) throw new S3Error('MissingContentLength')
    return perform(call, buckets)
  } catch (error) {
    if (!(error instanceof S3Error)) throw error
    return errorResponse(call, error.status, errorDocument(error.code, error.message, path!, error.details))
  }
}

/** An `aws-chunked` body needs no length: its chunks have theirs. */
const hasLength = ({ method, headers }: Call) =>
  method !== 'PUT' || headers.has('content-length') || headers.has('x-amz-decoded-content-length')

function isPublicRead(call: Call, buckets: Map<string, Bucket>): boolean {
  const bucket = buckets.get(call.bucket)
  const reads = ['GetObject', 'HeadObject'].includes(operationOf(call))
  // Without the permission to list, a missing object is a 403 too.
  return reads && bucket?.objects.has(call.key!) === true && isPublic(bucket, call.key!)
}

const errorResponse = (call: Call, status: number, document: string) =>
  call.method === 'HEAD' ? new Response(null, { status }) : xmlResponse(document, status)
