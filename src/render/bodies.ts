import { hash } from 'node:crypto'
import type { Bodies, Content } from './messages.ts'

/** Puts the bytes of several files one after the other. */
export function joinBodies(bodies: readonly Uint8Array[]): Bodies {
  let end = 0
  const ends = bodies.map((body) => (end += body.byteLength))
  const bytes = new Uint8Array(end)
  for (const [i, body] of bodies.entries()) bytes.set(body, ends[i - 1] ?? 0)
  return { ends, bytes }
}

export function contentOf(bytes: Uint8Array): Content {
  return { size: bytes.byteLength, md5: hash('md5', bytes), sha256: hash('sha256', bytes) }
}
