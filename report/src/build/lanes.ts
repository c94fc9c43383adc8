import type { ReportFile } from '../../../src/report/data.ts'

/** A page that was rendered at a known time. */
export interface Timed extends ReportFile {
  at: number
  ms: number
}

/** What one thread rendered. A thread renders some pages at a time, and each has a row of its own. */
export interface Lane {
  thread: number
  pages: number
  /** Milliseconds in which it rendered at least one page. */
  busy: number
  /** Each with its pages in the order of their start. */
  rows: Timed[][]
}

const isTimed = (file: ReportFile): file is Timed => file.at !== undefined && file.ms !== undefined

/** When the last page was done, in milliseconds since rendering began. */
export function endOf(lanes: readonly Lane[]): number {
  let end = 0
  for (const { rows } of lanes)
    for (const row of rows) for (const { at, ms } of row) end = Math.max(end, at + ms)
  return end
}

/** A lane for each thread that rendered a page. */
export function createLanes(files: readonly ReportFile[]): Lane[] {
  const threads = new Map<number, Timed[]>()
  for (const file of files) {
    if (!isTimed(file)) continue
    const thread = file.thread ?? 0
    const pages = threads.get(thread)
    if (pages) pages.push(file)
    else threads.set(thread, [file])
  }
  return [...threads]
    .sort(([a], [b]) => a - b)
    .map(([thread, pages]) => {
      pages.sort((a, b) => a.at - b.at)
      return { thread, pages: pages.length, busy: busyTime(pages), rows: stack(pages) }
    })
}

function busyTime(pages: readonly Timed[]): number {
  let busy = 0
  let until = 0
  for (const { at, ms } of pages) {
    busy += Math.max(0, at + ms - Math.max(at, until))
    until = Math.max(until, at + ms)
  }
  return busy
}

/** Rows in which no two pages overlap: each page goes into the first that is free. */
function stack(pages: readonly Timed[]): Timed[][] {
  const rows: Timed[][] = []
  const ends: number[] = []
  for (const page of pages) {
    let row = ends.findIndex((end) => end <= page.at)
    if (row === -1) row = rows.push([]) - 1
    ends[row] = page.at + page.ms
    rows[row]!.push(page)
  }
  return rows
}

/**
 * The bars of a row as an SVG path of a given width and of height 1. Pages that are too near to be told apart make one
 * bar, so that a path of a hundred thousand pages has no more bars than pixels.
 */
export function drawRow(row: readonly Timed[], end: number, width: number): string {
  const scale = end === 0 ? 0 : width / end
  let path = ''
  let from = 0
  let to = -1
  const close = () => {
    if (to >= 0) path += `M${round(from)} 0H${round(Math.max(to, from + 1))}V1H${round(from)}z`
  }
  for (const { at, ms } of row) {
    const x = at * scale
    if (to >= 0 && x <= to + 0.5) to = Math.max(to, x + ms * scale)
    else {
      close()
      from = x
      to = x + ms * scale
    }
  }
  close()
  return path
}

const round = (n: number) => Math.round(n * 10) / 10

/** The page of a row that was rendered at a moment, give or take some milliseconds. */
export function pageAt(row: readonly Timed[], moment: number, tolerance: number): Timed | undefined {
  let low = 0
  let high = row.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (row[middle]!.at <= moment) low = middle + 1
    else high = middle
  }
  const near = (page: Timed | undefined) =>
    page && page.at - tolerance <= moment && page.at + page.ms + tolerance >= moment
  return [row[low - 1], row[low]].find(near)
}

/** Milliseconds between two moments with a name; shorter ones are 1, 2 or 5 of a power of ten. */
const steps = [10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 3_600_000]

/** Round moments to name below the lanes: at most about eight. */
export function ticksOf(end: number): number[] {
  if (end <= 0) return []
  const rough = end / 6
  const power = 10 ** Math.floor(Math.log10(rough))
  const short = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough)!
  const step = short < 10_000 ? short : (steps.find((step) => step >= rough) ?? short)
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step)
}
