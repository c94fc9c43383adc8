import type { BigIntStats } from 'node:fs'

/**
 * Tells one version of a file from the next without reading it: a new file has a new inode while the
 * old one is still there, and an edit in place moves the time or the size.
 */
export const etagOf = ({ size, mtimeNs, ino }: BigIntStats): string =>
  [size, mtimeNs, ino].map((number) => number.toString(36)).join('-')

let last = 0

/**
 * A modification time in seconds, a microsecond after the one before at least. The kernel's own clock
 * for files ticks every few milliseconds, and inodes are used again: two versions of the same size
 * written in one tick could otherwise have one ETag.
 */
export function distinctTime(): number {
  last = Math.max(performance.timeOrigin + performance.now(), last + 0.001)
  return last / 1000
}
