import { expect, it } from 'vitest'
import { apply } from '../../src/cdn/url.ts'
import { editBodies } from '../../src/render/batch-buffer.ts'

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
  ['grow, where there is room', grows, 100, true],
  ['grow into exactly the room there is', grows, 13, true],
  ['grow beyond it', grows, 12, false],
  ['shrink before others grow', shrinks, 100, false],
  ['stay as they are', none, 0, true],
])('texts that %s', (_, edits, room, same) => {
  const bytes = new Uint8Array(ends.at(-1)! + room).fill(0x2e)
  bytes.set(Buffer.from(texts.join('')))
  const edited = editBodies({ ends, bytes }, edits)
  const textOf = (i: number) =>
    Buffer.from(edited.bytes.subarray(edited.ends[i - 1] ?? 0, edited.ends[i])).toString()
  expect(texts.map((__, i) => textOf(i))).toEqual(texts.map((text, i) => apply(text, edits[i]!)))
  expect(edited.bytes === bytes).toBe(same)
})
