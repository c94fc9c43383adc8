import { expect, it } from 'vitest'
import { editAtRandom } from './edits.ts'

// The suite of faults has more edits, of another seed.
it('after 10 random edits, pages are exactly what rendering all of them gives', async () => {
  const { kept } = await editAtRandom(7, 10)
  expect(kept).toBeGreaterThan(400)
})
