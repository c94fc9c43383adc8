import { hash } from 'node:crypto'
import type { Edit } from '../cdn/url.ts'
import type { Bodies, Content } from './messages.ts'

/** Puts the bytes of several files one after the other, in a buffer of their own. */
export function joinBodies(bodies: readonly Uint8Array[]): Bodies {
  const ends: number[] = []
  let size = 0
  for (const { byteLength } of bodies) ends.push((size += byteLength))
  const bytes = allocate(size)
  for (const [i, body] of bodies.entries()) bytes.set(body, ends[i - 1])
  return { ends, bytes }
}

/**
 * Makes edits in bodies. The result has a buffer of its own.
 * @param edits Of each body, in order and apart; each character of their text is one byte
 */
export function editBodies({ ends, bytes }: Bodies, edits: readonly (readonly Edit[])[]): Bodies {
  const editedEnds: number[] = []
  let length = ends.at(-1) ?? 0
  for (const { start, end, text } of edits.flat()) length += text.length - (end - start)
  const edited = allocate(length)
  let size = 0
  const copy = (start: number, end: number) => {
    edited.set(bytes.subarray(start, end), size)
    size += end - start
  }
  for (const [i, end] of ends.entries()) {
    const first = ends[i - 1] ?? 0
    let at = first
    for (const edit of edits[i]!) {
      copy(at, first + edit.start)
      size += edited.write(edit.text, size, 'latin1')
      at = first + edit.end
    }
    copy(at, end)
    editedEnds.push(size)
  }
  return { ends: editedEnds, bytes: edited }
}

/** Not a part of Node's pool, which cannot go to another thread. */
const allocate = (size: number): Buffer<ArrayBuffer> => Buffer.allocUnsafeSlow(size)

export function contentOf(bytes: Uint8Array): Content {
  return { size: bytes.byteLength, md5: hash('md5', bytes), sha256: hash('sha256', bytes) }
}
