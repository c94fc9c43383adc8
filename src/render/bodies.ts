import { hash } from 'node:crypto'
import type { Edit } from '../app/cdn-url.ts'
import type { Bodies, Content } from './messages.ts'

/** Puts the bytes of several files one after the other. */
export class BodyJoiner {
  #bytes: Buffer<ArrayBuffer>
  #size = 0
  readonly #ends: number[] = []

  /** @param expected About how many bytes there will be */
  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafeSlow(expected + (expected >> 3))
  }

  /**
   * Takes a copy.
   * @param edits Made in the copy; in order and apart, and in texts a character for each byte
   */
  add(body: Uint8Array, edits: readonly Edit[] = []): void {
    const grown = edits.reduce((sum, { start, end, text }) => sum + text.length - (end - start), 0)
    this.#makeRoom(body.byteLength + grown)
    let from = 0
    for (const { start, end, text } of edits) {
      this.#put(body.subarray(from, start))
      this.#size += this.#bytes.write(text, this.#size, 'latin1')
      from = end
    }
    this.#put(from === 0 ? body : body.subarray(from))
    this.#ends.push(this.#size)
  }

  #put(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#size)
    this.#size += bytes.byteLength
  }

  #makeRoom(size: number): void {
    const needed = this.#size + size
    if (needed <= this.#bytes.byteLength) return
    const larger = Buffer.allocUnsafeSlow(2 * needed)
    larger.set(this.#bytes.subarray(0, this.#size))
    this.#bytes = larger
  }

  /** All of it; nothing can be added after that. */
  take(): Bodies {
    return { ends: this.#ends, bytes: this.#bytes }
  }
}

export function contentOf(bytes: Uint8Array): Content {
  return { size: bytes.byteLength, md5: hash('md5', bytes), sha256: hash('sha256', bytes) }
}
