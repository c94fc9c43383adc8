import { expect, it } from 'vitest'
import { apply } from '../../src/cdn/url.ts'
import { editBodies, joinBodies } from '../../src/render/batch-buffer.ts'

const texts = ['', 'one, two', 'three', '', 'four, five, six']
const ends = texts.map((_, i) => texts.slice(0, i + 1).join('').length)
const grows = [
  [],
  [
    { start: 3, end: 3, text: '!' },
    { start: 5, end: 8, text: 'twelve' },
  ],
  [{ start: 0, end: 0, text: '>' }],
  [{ start: 0, end: 0, text: 'nothing' }],
  [
    { start: 4, end: 6, text: '; ' },
    { start: 15, end: 15, text: '.' },
  ],
]
const shrinks = [...grows.slice(0, 1), [{ start: 0, end: 5, text: '' }], ...grows.slice(2)]
const none = texts.map(() => [])

it.each([
  ['grow', grows],
  ['shrink before others grow', shrinks],
  ['stay as they are', none],
])('edits bodies that %s', (_, edits) => {
  const bytes = Buffer.from(`${texts.join('')}...`)
  const edited = editBodies({ ends, bytes: Uint8Array.from(bytes) }, edits)
  const expected = texts.map((text, i) => apply(text, edits[i]!))
  const textOf = (i: number) =>
    Buffer.from(edited.bytes.subarray(edited.ends[i - 1] ?? 0, edited.ends[i])).toString()
  expect(texts.map((__, i) => textOf(i))).toEqual(expected)
  expect(edited.bytes.byteLength).toBe(expected.join('').length)
})

it('joins bodies in a buffer of their own', () => {
  const joined = joinBodies(texts.map((text) => Buffer.from(text)))
  expect(joined.ends).toEqual(ends)
  expect(Buffer.from(joined.bytes).toString()).toBe(texts.join(''))
  expect(joined.bytes.buffer.byteLength).toBe(texts.join('').length)
})
