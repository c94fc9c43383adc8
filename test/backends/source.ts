import { createHash } from 'node:crypto'
import type { Source } from '../../src/backends/backend.ts'

/** A source that records which ranges were read. */
export function sourceOf(content: string | Uint8Array): Source & { ranges: [number, number][] } {
  const bytes = new Uint8Array(Buffer.from(content))
  const ranges: [number, number][] = []
  return {
    size: bytes.length,
    md5: createHash('md5').update(bytes).digest('hex'),
    ranges,
    async read(start = 0, end = bytes.length) {
      ranges.push([start, end])
      return bytes.slice(start, end)
    },
  }
}

/** Bytes whose pattern repeats at no boundary of parts. */
export function bytesOf(size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let i = 0, x = 1; i < size; i++) bytes[i] = x = (x * 137 + 59 + (i >> 16)) & 255
  return bytes
}
