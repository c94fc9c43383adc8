import { hash } from 'node:crypto'
import type { Edit } from '../cdn/url.ts'
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

  /** Takes a copy. */
  add(body: Uint8Array): void {
    this.#makeRoom(body.byteLength)
    this.#bytes.set(body, this.#size)
    this.#size += body.byteLength
    this.#ends.push(this.#size)
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

/**
 * Makes edits in bodies. The result has a buffer of its own.
 * @param edits Of each body, in order and apart; each character of their text is one byte
 */
export function editBodies({ ends, bytes }: Bodies, edits: readonly (readonly Edit[])[]): Bodies {
  const pieces: Uint8Array[] = []
  const editedEnds: number[] = []
  let size = 0
  const push = (piece: Uint8Array) => {
    pieces.push(piece)
    size += piece.byteLength
  }
  for (const [i, end] of ends.entries()) {
    const first = ends[i - 1] ?? 0
    let at = first
    for (const edit of edits[i]!) {
      push(bytes.subarray(at, first + edit.start))
      push(Buffer.from(edit.text, 'latin1'))
      at = first + edit.end
    }
    push(bytes.subarray(at, end))
    editedEnds.push(size)
  }
  return { ends: editedEnds, bytes: concat(pieces, size) }
}

/** Not `Buffer.concat()`: what that makes may be a part of Node's pool, which cannot go to another thread. */
function concat(pieces: readonly Uint8Array[], size: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.allocUnsafeSlow(size)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.byteLength
  }
  return bytes
}

export function contentOf(bytes: Uint8Array): Content {
  return { size: bytes.byteLength, md5: hash('md5', bytes), sha256: hash('sha256', bytes) }
}
