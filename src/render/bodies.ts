import { hash } from 'node:crypto'
import type { Bodies, Content } from './messages.ts'

/** Puts the bytes of several files one after the other. */
export class BodyJoiner {
  #bytes: Uint8Array<ArrayBuffer>
  #size = 0
  readonly #ends: number[] = []

  /** @param expected About how many bytes there will be */
  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafeSlow(expected + (expected >> 3))
  }

  /** Takes a copy. */
  add(body: Uint8Array): void {
    const end = this.#size + body.byteLength
    if (end > this.#bytes.byteLength) {
      const larger = Buffer.allocUnsafeSlow(2 * end)
      larger.set(this.#bytes.subarray(0, this.#size))
      this.#bytes = larger
    }
    this.#bytes.set(body, this.#size)
    this.#size = end
    this.#ends.push(end)
  }

  /** All of it; nothing can be added after that. */
  take(): Bodies {
    return { ends: this.#ends, bytes: this.#bytes }
  }
}

export function contentOf(bytes: Uint8Array): Content {
  return { size: bytes.byteLength, md5: hash('md5', bytes), sha256: hash('sha256', bytes) }
}
