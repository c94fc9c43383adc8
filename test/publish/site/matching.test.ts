import { expect, test } from 'vitest'
import { matching } from '../../../src/publish/site/matching.ts'

test.each([
  ['*.pdf', 'a.pdf', true],
  ['*.pdf', 'docs/a.pdf', false],
  ['**/*.pdf', 'a.pdf', true],
  ['**/*.pdf', 'docs/a.pdf', true],
  ['/docs/**', 'docs/x/a.pdf', true],
  ['.well-known/**', '.well-known/.hidden/a', true],
  [['a', 'b'], 'b', true],
])('%j and %s: %s', (patterns, key, matches) => {
  expect(matching(patterns)(key)).toBe(matches)
})
