import type { BigIntStats } from 'node:fs'

/**
 * The ETag of a file, from its metadata alone. A replaced file gets a new inode while the old one exists, and an edit
 * in place changes time or size.
 */
export const etagOf = ({ size, mtimeNs, ino }: BigIntStats): string =>
  [size, mtimeNs, ino].map((number) => number.toString(36)).join('-')

let last = 0

/**
 * The current time in seconds, at least a microsecond after the previous call. The kernel's file clock ticks every
 * few milliseconds and inodes are reused: two files of one size written in one tick could get the same ETag.
 */
export function distinctTime(): number {
  last = Math.max(performance.timeOrigin + performance.now(), last + 0.001)
  return last / 1000
}
