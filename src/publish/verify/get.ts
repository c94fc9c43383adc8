import { createHash } from 'node:crypto'
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { pipeline, type Readable, type Transform } from 'node:stream'
import zlib from 'node:zlib'

/** A response of the public address. */
export interface PublicResponse {
  status: number
  /** Of the decoded body, hex. */
  sha256: string
  /** The header `content-type`, unchanged. */
  type: string | undefined
  cacheControl: string | undefined
  location: string | undefined
  /** The header `retry-after`, unchanged. */
  retryAfter: string | undefined
}

/**
 * Fetches an address once and reads the whole body. Redirects are not followed. Both `fetch` and `undici` take more
 * processor time: the one four times as much for each request, the other to load.
 * @param timeout how many milliseconds may pass without a response or a part of one: a large file may take longer
 * @throws {Error} for a network failure, silence, or a body that is not encoded as its header says
 */
export function get(
  address: string,
  { headers, timeout, signal }: { headers: Record<string, string>; timeout: number; signal?: AbortSignal },
): Promise<PublicResponse> {
  return new Promise((resolve, reject) => {
    const { request } = address.startsWith('https:') ? https : http
    // No agent of its own: the global one keeps connections without keeping the process, and uses the proxy that Node is
    // told to use.
    const sending = request(address, { headers: { ...ownHeaders, ...headers }, timeout, signal })
    let current: ClientRequest | IncomingMessage = sending
    sending.on('timeout', () => current.destroy(new Error(`nothing came for ${timeout / 1000} s`)))
    sending.on('error', reject)
    sending.on('response', (response) => {
      current = response
      const hash = createHash('sha256')
      decoded(response)
        .on('data', (chunk: Buffer) => hash.update(chunk))
        .on('error', reject)
        .on('end', () => resolve(responseOf(response, hash.digest('hex'))))
    })
    sending.end()
  })
}

const ownHeaders = { accept: '*/*', 'accept-encoding': 'gzip, br', 'user-agent': 'vite-distill' }

function responseOf({ statusCode, headers }: IncomingMessage, sha256: string): PublicResponse {
  return {
    status: statusCode!,
    sha256,
    type: headers['content-type'],
    cacheControl: headers['cache-control'],
    location: headers.location,
    retryAfter: headers['retry-after'],
  }
}

/** Node has it since 22.15. */
const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform }
const { BROTLI_OPERATION_FLUSH, Z_SYNC_FLUSH } = zlib.constants
// As browsers do, accept a body that lacks its end mark, or is empty: its length and hash are checked anyway.
const lenient = { flush: Z_SYNC_FLUSH, finishFlush: Z_SYNC_FLUSH }
const lenientBrotli = { flush: BROTLI_OPERATION_FLUSH, finishFlush: BROTLI_OPERATION_FLUSH }

const decoders: Record<string, (() => Transform) | undefined> = {
  gzip: () => zlib.createGunzip(lenient),
  'x-gzip': () => zlib.createGunzip(lenient),
  deflate: () => zlib.createInflate(lenient),
  br: () => zlib.createBrotliDecompress(lenientBrotli),
  zstd: createZstdDecompress,
}

/** The body without its encodings; as received where one of them is unknown. */
function decoded(response: IncomingMessage): Readable {
  const header = response.headers['content-encoding']
  if (header === undefined) return response
  const names = header.split(',').map((name) => name.trim().toLowerCase())
  const found = names.filter((name) => name !== 'identity').map((name) => decoders[name])
  if (found.length === 0 || !found.every((decoder) => decoder !== undefined)) return response
  const streams = found.toReversed().map((decoder) => decoder())
  // The last stream fails with the error of any of them.
  return pipeline([response, ...streams], () => {}) as unknown as Readable
}
