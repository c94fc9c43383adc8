import { expect, test } from 'vitest'
import { bytes, duration, number } from '../src/progress.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_949, '999.9 kB'],
  [999_999, '1.0 MB'],
  [5_600_000_000, '5.6 GB'],
])('%d bytes are %s', (value, text) => expect(bytes(value)).toBe(text))

test.each([
  [12.4, '12 ms'],
  [2140, '2.1 s'],
  [185_000, '3 min 5 s'],
])('%d ms are %s', (value, text) => expect(duration(value)).toBe(text))

test('thousands are set apart', () => expect(number(1_234_567)).toBe('1,234,567'))
