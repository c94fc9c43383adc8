import { expect, it } from 'vitest'
import { editAtRandom } from './edits.ts'

/** `SEED=5 EDITS=50` repeats what failed, or tries something else. */
const { SEED = '1', EDITS = '120' } = process.env

it.each(SEED.split(',').map(Number))(
  'after each of many random edits, pages are exactly what rendering all of them gives: seed %i',
  async (seed) => {
    const { kept, reasons, edits } = await editAtRandom(seed, Number(EDITS))
    console.log(`seed ${seed}: ${kept} pages kept`, edits)
    if (Number(EDITS) < 120) return
    expect(kept).toBeGreaterThan(3000)
    // Every way to be kept or rendered has occurred; `--force` is not used.
    expect(reasons.size).toBe(10)
  },
  1_200_000,
)
