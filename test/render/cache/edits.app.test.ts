import { expect, it } from 'vitest'
import { editAtRandom } from './edits.ts'

it('after 25 random edits, pages are exactly what rendering all of them gives', async () => {
  const summary = await editAtRandom(Number(process.env.SEED ?? 1), Number(process.env.EDITS ?? 25))
  if (process.env.EDITS) console.log(summary)
  expect(summary.reasons.get('its cache key is the same')).toBeGreaterThan(500)
}, 3_000_000)
