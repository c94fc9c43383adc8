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
 * Makes edits in texts that stand one after the other. Takes the texts over: where their buffer has the room, they stay
 * in it, for to fill another costs more than to find the edits.
 * @param edits Of each text; in order and apart, and a character for each byte
 */
export function editBodies({ ends, bytes }: Bodies, edits: readonly (readonly Edit[])[]): Bodies {
  // By index, for most builds are over soon: to compile a loop over iterators takes longer than to run it.
  const moved: number[] = []
  let more = 0
  let shrinks = false
  for (let i = 0; i < ends.length; i++) {
    const own = edits[i]!
    for (let k = 0; k < own.length; k++) {
      const { start, end, text } = own[k]!
      more += text.length - (end - start)
      shrinks ||= text.length < end - start
    }
    moved.push(ends[i]! + more)
  }
  let from = ends.at(-1) ?? 0
  let at = from + more
  const edited = shrinks || at > bytes.byteLength ? Buffer.allocUnsafeSlow(at) : bytes
  // From the end, for what only moves up overwrites nothing then that has yet to move.
  for (let i = ends.length - 1; i >= 0; i--) {
    const first = ends[i - 1] ?? 0
    const own = edits[i]!
    for (let k = own.length - 1; k >= 0; k--) {
      const { start, end, text } = own[k]!
      at -= from - (first + end)
      if (edited === bytes) bytes.copyWithin(at, first + end, from)
      else edited.set(bytes.subarray(first + end, from), at)
      at -= text.length
      for (let c = 0; c < text.length; c++) edited[at + c] = text.charCodeAt(c)
      from = first + start
    }
  }
  if (edited !== bytes) edited.set(bytes.subarray(0, from))
  return { ends: moved, bytes: edited }
}

export function contentOf(bytes: Uint8Array): Content {
  return { size: bytes.byteLength, md5: hash('md5', bytes), sha256: hash('sha256', bytes) }
}
