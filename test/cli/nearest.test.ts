import { expect, test } from 'vitest'
import { nearest } from '../../src/cli/nearest.ts'

test.each([
  ['--dryrun', '--dry-run'],
  ['--yess', '--yes'],
  ['--verify-all', undefined],
])('%s is nearest to %s', (typed, meant) => {
  expect(nearest(typed, ['--dry-run', '--yes', '--skip-verify'])).toBe(meant)
})
