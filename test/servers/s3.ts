import type { IncomingMessage } from 'node:http'
import { H3, serve, type H3Event } from 'h3'
import { errorDocument, xmlAnswer } from './s3/answer.ts'
import { S3Error } from './s3/error.ts'
import { operationOf, perform, type Call } from './s3/operations.ts'
import { authenticate, type Credentials } from './s3/signature.ts'
import { createBucket, isPublic, type Bucket } from './s3/store.ts'
import { websiteAnswer } from './s3/website.ts'

export interface S3Options extends Partial<Credentials> {
  port?: number
  /** Buckets that exist from the start, which anybody may read. */
  publicBuckets?: string[]
  /** Buckets that exist from the start. */
  buckets?: string[]
}

/** One request that came, in order. */
export interface S3Request {
  /** `PutObject`, `ListObjectsV2`, … */
  operation: string
  method: string
  bucket: string
  key: string | undefined
  headers: Headers
  /** What was answered; 0 when nothing was. */
  status: number
}

/** What happens to a request instead of its being done: an error is answered, nothing is, or the connection breaks. */
export type Fault = { status: number; code: string; retryAfter?: number } | 'hang' | 'reset'

export interface S3Server {
  /** The endpoint: `http://127.0.0.1:40000`. */
  url: string
  port: number
  buckets: Map<string, Bucket>
  requests: S3Request[]
  /** Asked before each request is done. */
  fault: ((request: S3Request) => Fault | undefined) | undefined
  /** Begins to serve a bucket as a website, at the address it resolves to: `http://127.0.0.1:40001/`. */
  website(bucket: string): Promise<string>
  stop(): Promise<void>
}

/** An S3 in memory that checks signatures and digests as the real one does. */
export async function startS3(options: S3Options = {}): Promise<S3Server> {
  const { accessKeyId = 'TESTAK', secretAccessKey = 'TESTSK', sessionToken, region = 'us-east-1' } = options
  const credentials = { accessKeyId, secretAccessKey, region, ...(sessionToken && { sessionToken }) }
  const buckets = new Map<string, Bucket>()
  for (const name of options.buckets ?? []) buckets.set(name, createBucket())
  for (const name of options.publicBuckets ?? [])
    buckets.set(name, { ...createBucket(), publicPrefixes: [''] })
  const stops: (() => Promise<void>)[] = []

  const { port, stop } = await listen(options.port ?? 0, async (event) => {
    const call = await callOf(event)
    const request: S3Request = { ...call, operation: operationOf(call), status: 0 }
    server.requests.push(request)
    const fault = server.fault?.(request)
    if (fault === 'reset') nodeRequest(event).socket.destroy()
    if (fault === 'hang' || fault === 'reset') return new Promise<Response>(() => {})
    const response = fault ? faultAnswer(fault, call) : answer(call, event, buckets, credentials)
    request.status = response.status
    return response
  })
  stops.push(stop)

  const server: S3Server = {
    url: `http://127.0.0.1:${port}`,
    port,
    buckets,
    requests: [],
    fault: undefined,
    async website(name) {
      const { port, stop } = await listen(0, (event) => {
        const { pathname } = new URL(event.req.url)
        return websiteAnswer(buckets.get(name)!, pathname, event.req.method)
      })
      stops.push(stop)
      return `http://127.0.0.1:${port}/`
    },
    stop: async () => void (await Promise.all(stops.map((stop) => stop()))),
  }
  return server
}

async function listen(port: number, handler: (event: H3Event) => Response | Promise<Response>) {
  const app = new H3().all('/**', handler)
  const server = serve(app, { port, hostname: '127.0.0.1', silent: true, gracefulShutdown: false })
  await server.ready()
  return { port: Number(new URL(server.url!).port), stop: async () => void (await server.close(true)) }
}

/** The request as Node received it: the path must be the one that was signed, whatever URLs make of it. */
const nodeRequest = (event: H3Event) => event.runtime!.node!.req as IncomingMessage

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

function faultAnswer({ status, code, retryAfter }: Exclude<Fault, string>, call: Call): Response {
  const response = refusal(call, status, errorDocument(code, 'a fault of the test', call.bucket))
  if (retryAfter !== undefined) response.headers.set('retry-after', String(retryAfter))
  return response
}

const refusal = (call: Call, status: number, document: string) =>
  call.method === 'HEAD' ? new Response(null, { status }) : xmlAnswer(document, status)

function splitOnce(text: string, by: string): [string, string?] {
  const at = text.indexOf(by)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
