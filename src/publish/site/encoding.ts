import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { CompressRule, Encoding } from '../../target-options.ts'
import { matching } from './matching.ts'
import type { BuiltFile } from './site.ts'

/** Less than this fits into one packet anyway. */
const smallest = 1024
/** More than this is not held in memory twice. */
const largest = 32 * 1024 * 1024
const text = /^text\/|[/+](?:json|xml)\b|javascript|ecmascript|\bwasm\b|x-font-ttf|^font\/(?:ttf|otf)/

/** Makes a function that says how a file is stored compressed, if it is. */
export function encodingByRule(
  rules: readonly CompressRule[] = [],
): (file: BuiltFile, type: string) => Encoding | undefined {
  const compiled = rules.map(({ match, encoding }) => ({
    matches: match === undefined ? undefined : matching(match),
    encoding,
  }))
  return ({ key, kind, size }, type) =>
    kind === 'redirect' || size < smallest || size > largest
      ? undefined
      : compiled.find(({ matches }) => (matches ? matches(key) : text.test(type)))?.encoding
}

const gzipAsync = promisify(gzip)
const brotliAsync = promisify(brotliCompress)

/** Compresses as far as it goes: once for each publish, and read many times. */
export async function encode(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
  const encoded =
    encoding === 'gzip'
      ? await gzipAsync(bytes, { level: 9 })
      : await brotliAsync(bytes, {
          params: {
            // The best level takes a second for each megabyte.
            [constants.BROTLI_PARAM_QUALITY]: bytes.length > 1024 * 1024 ? 9 : 11,
            [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
          },
        })
  return new Uint8Array(encoded.buffer as ArrayBuffer, encoded.byteOffset, encoded.byteLength)
}
