import type { H3Event } from 'h3'
import { Auth, type Accounts } from './gcs/auth.ts'
import { errorDocument, GcsError } from './gcs/error.ts'
import { isReading, operationOf, perform, type Buckets, type Call } from './gcs/operations.ts'
import { createBucket, type Bucket } from './gcs/store.ts'
import { bucketWebsiteResponse } from './gcs/website.ts'
import { nodeRequest, splitOnce, startServer, type StorageServer } from './server.ts'

export interface GcsOptions extends Accounts {
  port?: number
  /** Buckets that exist from the start and that everybody may read. */
  publicBuckets?: string[]
  /** Buckets that exist from the start. */
  buckets?: string[]
}

export interface GcsServer extends StorageServer<Bucket> {
  /** Makes every issued token invalid. */
  expire(): void
  /** How many bytes of a part are kept, a multiple of 256 KiB. By default all. */
  keep: ((size: number) => number) | undefined
}

/** A Google Cloud Storage in memory that checks tokens, digests and conditions as Google does. */
export async function startGcs(options: GcsOptions = {}): Promise<GcsServer> {
  const buckets: Buckets = new Map()
  for (const name of options.buckets ?? []) buckets.set(name, createBucket())
  for (const name of options.publicBuckets ?? []) buckets.set(name, createBucket(true))
  const auth = new Auth(options)
  const server: GcsServer = Object.assign(
    await startServer<Bucket, Call>(options.port ?? 0, buckets, {
      callOf,
      operationOf,
      respond: (call) => respond(server.keep ? shortened(call, server.keep) : call, buckets, auth),
      faultResponse: ({ status, code }) => jsonError(status, 'a fault of the test', code),
      websiteResponse: bucketWebsiteResponse,
    }),
    { expire: () => auth.expire(), keep: undefined },
  )
  return server
}

/** A part of which the storage keeps only the first bytes. */
function shortened(call: Call, keep: (size: number) => number): Call {
  const range = call.headers.get('content-range') ?? ''
  const start = /^bytes (\d+)-/.exec(range)?.[1]
  if (operationOf(call) !== 'upload.continue' || start === undefined) return call
  const size = keep(call.raw.length)
  if (size === call.raw.length) return call
  const headers = new Headers(call.headers)
  headers.set(
    'content-range',
    size === 0 ? range.replace(/ .*\//, ' */') : `bytes ${start}-${Number(start) + size - 1}/*`,
  )
  return { ...call, headers, raw: call.raw.subarray(0, size) }
}

async function callOf(event: H3Event): Promise<Call> {
  const request = nodeRequest(event)
  const [path, query = ''] = splitOnce(request.url!, '?')
  const segments = path.slice(1).split('/').map(decodeURIComponent)
  const common = {
    method: event.req.method,
    query: new URLSearchParams(query),
    headers: event.req.headers,
    raw: Buffer.from(await event.req.arrayBuffer()),
    origin: `http://${request.headers.host}`,
  }
  if (path === '/token') return { ...common, api: 'token', bucket: '', key: undefined, below: [] }
  // `/storage/v1/b/bucket/o/object/…` with each name encoded, or `/bucket/object` for public readers.
  const api = /^\/(?:(upload|download)\/)?storage\/v1\/b(?:\/|$)/.exec(path)
  if (!api)
    return {
      ...common,
      api: undefined,
      bucket: segments[0]!,
      key: segments.slice(1).join('/') || undefined,
      below: [],
    }
  const [bucket = '', o, key, ...below] = segments.slice(api[1] ? 4 : 3)
  if (o === 'o' && key !== undefined) return { ...common, api: api[1] ?? 'storage', bucket, key, below }
  return { ...common, api: api[1] ?? 'storage', bucket, key: undefined, below: o === undefined ? [] : [o] }
}

function respond(call: Call, buckets: Buckets, auth: Auth): Response {
  try {
    if (call.api === 'token') return auth.token(new URLSearchParams(call.raw.toString()))
    if (!auth.check(call.headers) && !isPublicRead(call, buckets)) {
      const message = `Anonymous caller does not have access to the Google Cloud Storage bucket ${call.bucket}. Permission denied on resource (or it may not exist).`
      throw new GcsError('required', message)
    }
    return perform(call, buckets)
  } catch (error) {
    if (!(error instanceof GcsError)) throw error
    return errorResponse(call, error.status, error.message, error.reason)
  }
}

function isPublicRead(call: Call, buckets: Buckets): boolean {
  const bucket = buckets.get(call.bucket)
  const object = bucket?.objects.get(call.key ?? '')
  return isReading(operationOf(call)) && object !== undefined && (bucket!.publicRead || object.publicRead)
}

/** An error is JSON, except for a download, whose error is plain text. */
function errorResponse(call: Call, status: number, message: string, reason: string): Response {
  if (call.method === 'HEAD' || status === 304) return new Response(null, { status })
  const media = call.api === undefined || call.query.get('alt') === 'media'
  if (!media) return jsonError(status, message, reason)
  return new Response(message, { status, headers: { 'content-type': 'text/html; charset=UTF-8' } })
}

const jsonError = (status: number, message: string, reason: string) =>
  new Response(errorDocument(status, message, reason), {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
  })
