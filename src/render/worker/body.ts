import { constants } from 'node:buffer'
import { maxBytes } from './batcher.ts'
import { decodeBody } from './content-encoding.ts'
import type { BodyPart } from '../messages.ts'
import { headBytes } from './page-meta.ts'
import { PageError } from '../page-error.ts'

/** Stores a part of a body, the first `length` of the bytes. Resolves to the buffer, to be filled again. */
export type StorePart = (part: Omit<BodyPart, 'type' | 'key'>) => Promise<BodyPart['bytes']>

/** The most bytes of a body that is held whole, because it is changed as one text: 512 MiB in today's versions of Node. */
const maxHeld = constants.MAX_STRING_LENGTH

const tooLarge = () =>
  new PageError('its body is larger than 512 MiB, the most that `transform` and `cdn.html` can change')

type ReadBody = string | Uint8Array | Promise<Uint8Array | { head: Uint8Array }>

/**
 * Reads a response's body, decoded. Read the status and headers first: this consumes the response.
 * A large stream goes out in parts through one buffer, so that memory never holds it whole.
 * @param key The page's file
 * @param expired Returns a promise that rejects when the page has taken too long
 * @param store Stores a part; undefined to hold every body whole
 * @returns The body, or its start if it went out in parts
 */
export function readBody(
  response: Response,
  key: string,
  expired: () => Promise<never>,
  store: undefined,
): string | Uint8Array | Promise<Uint8Array>
export function readBody(
  response: Response,
  key: string,
  expired: () => Promise<never>,
  store: StorePart | undefined,
): ReadBody
export function readBody(
  response: Response,
  key: string,
  expired: () => Promise<never>,
  store: StorePart | undefined,
): ReadBody {
  // Before the body: h3's response loses its headers with it.
  const encoding = response.headers.get('content-encoding')
  const body = bodyOf(response)
  if (body === null) return ''
  // A character takes three bytes at most.
  const isLarge = !(body instanceof ReadableStream) && body.length > maxHeld / 3
  if (!store && isLarge && Buffer.byteLength(body) > maxHeld) throw tooLarge()
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array && encoding === null) return body
  const stream = body instanceof Uint8Array ? ReadableStream.from([body]) : body
  return readStream(stream, (bytes) => decodeBody(bytes, encoding, key), expired(), store)
}

async function readStream(
  body: ReadableStream<Uint8Array>,
  decode: (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>,
  expired: Promise<never>,
  store: StorePart | undefined,
): Promise<Uint8Array | { head: Uint8Array }> {
  const reader = body.getReader()
  // Not `Promise.race` of each read with `expired`: that keeps every chunk in memory until `expired` ends.
  let late: { error: unknown } | undefined
  expired.catch((error: unknown) => {
    late = { error }
    reader.cancel(error).catch(() => {})
  })
  const chunks: Uint8Array[] = []
  let size = 0
  let parts: Parts | undefined
  try {
    for await (const value of decode(bytesOf(reader))) {
      if (late) break
      if (parts) {
        await parts.add(value)
        continue
      }
      chunks.push(value)
      size += value.byteLength
      if (!store && size > maxHeld) {
        reader.cancel().catch(() => {})
        throw tooLarge()
      }
      if (!store || size <= maxBytes) continue
      parts = new Parts(store)
      for (const chunk of chunks) await parts.add(chunk)
      chunks.length = 0
    }
  } catch (error) {
    // What was cut off cannot be decoded.
    if (!late) throw error
  }
  if (late) throw late.error
  if (!parts) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  await parts.flush()
  return { head: parts.head }
}

async function* bytesOf(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (!(next.value instanceof Uint8Array))
      throw new PageError('its body is a stream of something other than bytes')
    yield next.value
  }
}

/** h3's response on Node, which is srvx's: it still has the body as the app returned it. */
interface NodeResponse {
  _toNodeResponse?(): { body?: unknown }
}

/** The body as the app returned it, if the response has it, which avoids a web stream for a string. */
function bodyOf(response: Response): string | Uint8Array | ReadableStream<Uint8Array> | null {
  const body = (response as NodeResponse)._toNodeResponse?.().body
  if (body === undefined || body === null) return response.body
  if (typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream) return body
  return new Response(body as ConstructorParameters<typeof Response>[0]).body
}

/** Cuts a stream into parts, through one buffer. */
class Parts {
  /** The start of the body. */
  head = new Uint8Array()
  readonly #store: StorePart
  #bytes = new Uint8Array(maxBytes)
  #length = 0
  #offset = 0

  constructor(store: StorePart) {
    this.#store = store
  }

  async add(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength;) {
      const fits = Math.min(chunk.byteLength - at, this.#bytes.byteLength - this.#length)
      this.#bytes.set(chunk.subarray(at, at + fits), this.#length)
      at += fits
      this.#length += fits
      if (this.#length === this.#bytes.byteLength) await this.flush()
    }
  }

  async flush(): Promise<void> {
    const length = this.#length
    if (this.#offset === 0) this.head = this.#bytes.slice(0, headBytes)
    this.#bytes = await this.#store({ offset: this.#offset, length, bytes: this.#bytes })
    this.#offset += length
    this.#length = 0
  }
}
