import { mostBytes } from './batcher.ts'
import { Refusal } from '../page-error.ts'

/** Stores a part of a body, its first `length` bytes, and gives the buffer back to be filled again. */
export type StorePart = (part: {
  offset: number
  length: number
  bytes: Uint8Array<ArrayBuffer>
}) => Promise<Uint8Array<ArrayBuffer>>

/**
 * Reads a response's body, and with it the response is used up: its status and headers are to be read before.
 * A large one goes on in parts through one buffer, so that it never sits whole in memory.
 * @param expired Gives a promise that rejects when it has taken too long
 * @param store Where parts go; nothing to hold every body whole
 * @returns The body, or nothing where it went in parts
 */
export function readBody(
  response: Response,
  expired: () => Promise<never>,
  store: StorePart | undefined,
): string | Uint8Array | Promise<Uint8Array | undefined> {
  const body = bodyOf(response)
  if (body === null) return ''
  return body instanceof ReadableStream ? readStream(body, expired(), store) : body
}

async function readStream(
  body: ReadableStream<Uint8Array>,
  expired: Promise<never>,
  store: StorePart | undefined,
): Promise<Uint8Array | undefined> {
  const reader = body.getReader()
  // A race of each read with `expired` would keep every chunk for as long as that lasts.
  let late: { error: unknown } | undefined
  expired.catch((error: unknown) => {
    late = { error }
    reader.cancel(error).catch(() => {})
  })
  const chunks: Uint8Array[] = []
  let size = 0
  let parts: Parts | undefined
  for (;;) {
    const { done, value } = await reader.read()
    if (late) throw late.error
    if (done) break
    if (!(value instanceof Uint8Array)) throw new Refusal('its body is a stream of something else than bytes')
    if (parts) {
      await parts.take(value)
      continue
    }
    chunks.push(value)
    size += value.byteLength
    if (!store || size <= mostBytes) continue
    parts = new Parts(store)
    for (const chunk of chunks) await parts.take(chunk)
    chunks.length = 0
  }
  if (!parts) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  await parts.end()
  return undefined
}

/** What h3 answers on Node: srvx's response, which still has its body as the app gave it. */
interface NodeResponse {
  _toNodeResponse?(): { body?: unknown }
}

/** The body of a response, without the detour of a text through a web stream where that can be had. */
function bodyOf(response: Response): string | Uint8Array | ReadableStream<Uint8Array> | null {
  const given = (response as NodeResponse)._toNodeResponse?.().body
  if (given === undefined || given === null) return response.body
  if (typeof given === 'string' || given instanceof Uint8Array || given instanceof ReadableStream)
    return given
  return new Response(given as ConstructorParameters<typeof Response>[0]).body
}

/** Fills one buffer again and again. */
class Parts {
  readonly #store: StorePart
  #bytes = new Uint8Array(mostBytes)
  #length = 0
  #offset = 0

  constructor(store: StorePart) {
    this.#store = store
  }

  async take(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength;) {
      const fits = Math.min(chunk.byteLength - at, this.#bytes.byteLength - this.#length)
      this.#bytes.set(chunk.subarray(at, at + fits), this.#length)
      at += fits
      this.#length += fits
      if (this.#length === this.#bytes.byteLength) await this.end()
    }
  }

  async end(): Promise<void> {
    const length = this.#length
    this.#bytes = await this.#store({ offset: this.#offset, length, bytes: this.#bytes })
    this.#offset += length
    this.#length = 0
  }
}
