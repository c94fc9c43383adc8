import { createHash } from 'node:crypto'
import type { Source } from '../../src/backends/backend.ts'

/** A source that records which ranges were read. */
export function sourceOf(content: string | Uint8Array): Source & { ranges: [number, number][] } {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const ranges: [number, number][] = []
  return {
    size: bytes.length,
    md5: md5Of(bytes),
    ranges,
    async read(start = 0, end = bytes.length) {
      ranges.push([start, end])
      return bytes.slice(start, end)
    },
  }
}

/** A content of more parts than are sent at once, to every storage that takes contents in parts. */
export const big = 16 * 1024 * 1024 + 1

const made = new Map<number, Uint8Array>()

/** Bytes whose pattern repeats at no boundary of parts. They are made once. */
export function bytesOf(size: number): Uint8Array {
  let bytes = made.get(size)
  if (bytes) return bytes
  bytes = new Uint8Array(size)
  for (let i = 0, x = 1; i < size; i++) bytes[i] = x = (x * 137 + 59 + (i >> 16)) & 255
  made.set(size, bytes)
  return bytes
}

const digests = new WeakMap<Uint8Array, string>()

function md5Of(bytes: Uint8Array): string {
  let md5 = digests.get(bytes)
  if (md5 === undefined) {
    md5 = createHash('md5').update(bytes).digest('hex')
    digests.set(bytes, md5)
  }
  return md5
}
