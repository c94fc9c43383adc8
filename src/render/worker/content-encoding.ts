import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream'
import zlib from 'node:zlib'
import { messageOf } from '../../errors.ts'
import { PageError } from '../page-error.ts'
import { maxBytes } from './batcher.ts'

interface Encoding {
  /** How every encoded body begins. Undefined where only decoding tells. */
  magic?: Buffer
  /** Undefined where this version of Node cannot decode it. */
  decoder: ((head: Buffer) => Transform) | undefined
  /** Decodes the start of a body, or all of it. Throws if it is not encoded. */
  decodeSync?: (head: Buffer, whole: boolean) => Buffer
}

/** Node has it since 22.15. */
const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform }
const { BROTLI_OPERATION_FINISH, BROTLI_OPERATION_FLUSH, Z_FINISH, Z_SYNC_FLUSH } = zlib.constants
/** With the number of bytes that were read, and not more than this of bytes that were written. */
const limited = { info: true, maxOutputLength: 1 << 26 }

const gzip: Encoding = { magic: Buffer.from([0x1f, 0x8b]), decoder: () => zlib.createGunzip() }

/** `deflate` means the format of zlib, and some servers send it without its header. */
const hasZlibHeader = (head: Buffer) => (head[0]! & 0x0f) === 8 && head.readUInt16BE() % 31 === 0

const encodings = new Map<string, Encoding>([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['zstd', { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), decoder: createZstdDecompress }],
  [
    'br',
    {
      decoder: () => zlib.createBrotliDecompress(),
      decodeSync: (head, whole) =>
        zlib.brotliDecompressSync(head, {
          ...limited,
          finishFlush: whole ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH,
        }),
    },
  ],
  [
    'deflate',
    {
      decoder: (head) => (hasZlibHeader(head) ? zlib.createInflate() : zlib.createInflateRaw()),
      decodeSync: (head, whole) =>
        (hasZlibHeader(head) ? zlib.inflateSync : zlib.inflateRawSync)(head, {
          ...limited,
          finishFlush: whole ? Z_FINISH : Z_SYNC_FLUSH,
        }),
    },
  ],
])

/** A file of these names is itself compressed: its bytes are what a visitor asks for. */
const compressedFile = /\.(?:t?gz|br|zst)$/

/** The encodings of a `Content-Encoding`, in the order in which they were applied. */
const namesOf = (header: string | null): string[] =>
  (header ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity')

/** The first encoding of a `Content-Encoding` that nothing here decodes. */
export const unknownEncoding = (header: string | null): string | undefined =>
  namesOf(header).find((name) => !encodings.has(name))

/**
 * Decodes a body whose `Content-Encoding` is true. It is looked at, because the header may remain from a response
 * that `fetch()` has decoded already.
 * @param key The page's file
 */
export function decodeBody(
  body: AsyncIterable<Uint8Array>,
  header: string | null,
  key: string,
): AsyncIterable<Uint8Array> {
  if (header === null || compressedFile.test(key)) return body
  return namesOf(header).reduceRight((encoded, name) => {
    const encoding = encodings.get(name)
    return encoding ? decode(encoded, name, encoding) : encoded
  }, body)
}

async function* decode(
  body: AsyncIterable<Uint8Array>,
  name: string,
  encoding: Encoding,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = body[Symbol.asyncIterator]()
  const first: Uint8Array[] = []
  let size = 0
  let ended = false
  while (size <= maxBytes && !ended) {
    const { done, value } = await chunks.next()
    if (done) ended = true
    else {
      first.push(value)
      size += value.byteLength
    }
  }
  const head = Buffer.concat(first)
  let sourceFailed = false
  const all = (async function* () {
    yield head
    try {
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
    } catch (error) {
      sourceFailed = true
      throw error
    }
  })()
  if (!isEncoded(head, encoding, ended)) return yield* all
  const { decoder } = encoding
  if (!decoder) {
    throw new PageError(`its body is compressed with \`${name}\`, which this version of Node cannot decode`)
  }
  try {
    // The loop over the last stream ends with an error of either.
    yield* pipeline(all, decoder(head), () => {}) as AsyncIterable<Uint8Array>
  } catch (error) {
    if (sourceFailed) throw error
    throw new PageError(`its \`Content-Encoding: ${name}\` cannot be decoded: ${messageOf(error)}`, true)
  }
}

/** @param whole Whether the head is the whole body */
function isEncoded(head: Buffer, { magic, decodeSync }: Encoding, whole: boolean): boolean {
  if (magic) return head.subarray(0, magic.length).equals(magic)
  if (!decodeSync || head.byteLength < 2) return false
  try {
    const { engine } = decodeSync(head, whole) as unknown as { engine: { bytesWritten: number } }
    // A text such as `; comment` begins with a complete empty body of Brotli.
    return engine.bytesWritten === head.byteLength
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
  }
}
