import { describe, expect, it } from 'vitest'
import { type Timed, createLanes, drawRow, endOf, pageAt, ticksOf } from '../../report/src/build/lanes.ts'
import { createBuildReport, oddFiles } from './fixtures.ts'

const page = (at: number, ms: number, thread?: number): Timed => ({
  key: `${thread}-${at}`,
  url: '/',
  kind: 'page',
  size: 1,
  headers: {},
  change: 'new',
  at,
  ms,
  ...(thread !== undefined && { thread }),
})

describe('lanes', () => {
  it('have the pages of a thread, in rows in which none overlap', () => {
    const lanes = createLanes([page(5, 10, 1), page(0, 10, 0), page(20, 5, 0), page(0, 8, 1), page(8, 1, 1)])
    expect(lanes).toMatchObject([
      { thread: 0, pages: 2, busy: 15, rows: [[{ at: 0 }, { at: 20 }]] },
      { thread: 1, pages: 3, busy: 15, rows: [[{ at: 0 }, { at: 8 }], [{ at: 5 }]] },
    ])
    expect(endOf(lanes)).toBe(25)
  })

  it('leave out what has no times, and need no thread', () => {
    expect(createLanes(oddFiles)).toEqual([])
    expect(endOf([])).toBe(0)
    expect(createLanes([page(0, 1)])).toMatchObject([{ thread: 0, pages: 1 }])
    expect(drawRow([page(0, 0)], 0, 100)).toBe('M0 0H1V1H0z')
  })

  it('draw no more bars than pixels', () => {
    const lanes = createLanes(createBuildReport(20_000).files)
    expect(lanes).toHaveLength(4)
    for (const { rows } of lanes)
      for (const row of rows) expect(drawRow(row, endOf(lanes), 800).split('M').length).toBeLessThan(802)
    expect(drawRow([page(0, 10), page(50, 50)], 100, 200)).toBe('M0 0H20V1H0zM100 0H200V1H100z')
  })

  it('find the page of a moment', () => {
    const row = [page(0, 10), page(20, 10), page(40, 0)]
    expect(pageAt(row, 25, 0)).toBe(row[1])
    expect(pageAt(row, 15, 0)).toBeUndefined()
    expect(pageAt(row, 38, 3)).toBe(row[2])
    expect(pageAt([], 1, 1)).toBeUndefined()
  })

  it('have round moments below them', () => {
    expect(ticksOf(6000)).toEqual([0, 1000, 2000, 3000, 4000, 5000, 6000])
    expect(ticksOf(267_000)).toEqual([0, 60_000, 120_000, 180_000, 240_000])
    expect(ticksOf(0)).toEqual([])
    for (const end of [0.5, 33, 777, 123_456, 1e8]) expect(ticksOf(end).length).toBeLessThanOrEqual(8)
  })
})
