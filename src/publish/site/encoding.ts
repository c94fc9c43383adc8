import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { CompressRule, Encoding } from '../../target-options.ts'
import { matching } from './matching.ts'
import type { BuiltFile } from './site.ts'

/** A smaller file fits into one packet anyway. */
const minSize = 1024
/** A larger file would take too much memory: it is held there twice. */
const maxSize = 32 * 1024 * 1024
const text = /^text\/|[/+](?:json|xml)\b|javascript|ecmascript|\bwasm\b|x-font-ttf|^font\/(?:ttf|otf)/i

/** Makes a function that returns how a file is compressed; `undefined` for a file that is stored as it is. */
export function encodingByRule(
  rules: readonly CompressRule[] = [],
): (file: BuiltFile, type: string) => Encoding | undefined {
  const compiled = rules.map(({ match, encoding }) => ({
    matches: match === undefined ? undefined : matching(match),
    encoding,
  }))
  return ({ key, kind, size }, type) =>
    kind === 'redirect' || size < minSize || size > maxSize
      ? undefined
      : compiled.find(({ matches }) => (matches ? matches(key) : text.test(type)))?.encoding
}

const gzipAsync = promisify(gzip)
const brotliAsync = promisify(brotliCompress)

/** Compresses as well as it can: a file is compressed once and served many times. */
export async function encode(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
  const encoded =
    encoding === 'gzip'
      ? await gzipAsync(bytes, { level: 9 })
      : await brotliAsync(bytes, {
          params: {
            // Level 11 takes about a second for each megabyte.
            [constants.BROTLI_PARAM_QUALITY]: bytes.length > 1024 * 1024 ? 9 : 11,
            [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
          },
        })
  return new Uint8Array(encoded.buffer as ArrayBuffer, encoded.byteOffset, encoded.byteLength)
}
