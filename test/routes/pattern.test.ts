import { describe, expect, it } from 'vitest'
import { parsePattern } from '../../src/routes/pattern.ts'

describe('a pattern', () => {
  it.each([
    ['/', [], '/'],
    ['/a/:b', ['b'], '/a/x'],
    ['/a/:b?', ['b'], '/a'],
    ['/:a-:b/**:rest', ['a', 'b', 'rest'], '/x-y/z'],
    ['/é/:id(\\d{2,4}(?:a|b)?)', ['id'], '/%C3%A9/12a'],
    ['/*', ['0'], '/x'],
    ['/**', ['0'], '/x/y'],
  ])('%s has the params %j', (route, names, example) => {
    const pattern = parsePattern(route)
    expect(pattern.params.map(({ name }) => name)).toEqual(names)
    expect(pattern.matches.test(example)).toBe(true)
  })
})
