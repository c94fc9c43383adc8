import { describe, expect, it } from 'vitest'
import { Sample } from '../../../src/render/cache/sample.ts'

/** A sample of the numbers from 0 to below n. */
function take(n: number, share: number): number[] {
  const sample = new Sample<number>()
  for (let i = 0; i < n; i++) sample.add(i)
  return sample.take(share)
}

describe('the sample of an audit', () => {
  it.each([
    [0, 0.01, 0],
    [0, 1, 0],
    [1, 0.01, 1],
    [100, 0.01, 1],
    [101, 0.01, 2],
    [1000, 0.01, 10],
    [1000, 0, 0],
    [50, 1, 50],
    [100, 1, 100],
    [5000, 1, 100],
    [1_000_000, 0.01, 100],
  ])('of %i pages, with a share of %d, has %i, each once', (pages, share, size) => {
    const taken = take(pages, share)
    expect(taken).toHaveLength(size)
    expect(new Set(taken).size).toBe(size)
  })

  // The probability that a right sample fails is below one in a million.
  it.each([
    [20, 0.05],
    [400, 0.01],
    [400, 1],
  ])('of %i pages, with a share of %d, has each as often', (pages, share) => {
    const counts = Array.from({ length: 4 }, () => 0)
    const rounds = 3000
    let all = 0
    for (let i = 0; i < rounds; i++) {
      for (const item of take(pages, share)) {
        counts[Math.floor((item / pages) * 4)]!++
        all++
      }
    }
    for (const count of counts) expect(Math.abs(count / all - 0.25)).toBeLessThan(2.7 / Math.sqrt(all))
  })
})
