import { expect, test } from 'vitest'
import { bytes, duration, number } from '../src/progress.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [3400, '3.4 kB'],
  [999_949, '1 MB'],
  [56_789_000, '56.8 MB'],
  [5_600_000_000, '5.6 GB'],
])('%d bytes are %s', (value, text) => expect(bytes(value)).toBe(text))

test.each([
  [12.4, '12 ms'],
  [2140, '2.1 s'],
  [185_000, '3 min 5 s'],
])('%d ms are %s', (value, text) => expect(duration(value)).toBe(text))

test('thousands are set apart', () => expect(number(1_234_567)).toBe('1,234,567'))
