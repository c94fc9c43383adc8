import { expect, it } from 'vitest'
import {
  formatMs,
  formatNoun,
  formatShare,
  formatTime,
  readableUrl,
  spansOf,
} from '../../report/src/format.ts'

it.each([
  [0, '0 ms'],
  [0.44, '0.4 ms'],
  [9.97, '10 ms'],
  [999.4, '999 ms'],
  [1000, '1 s'],
  [1234, '1.23 s'],
  [59_940, '59.9 s'],
  [59_960, '1 min'],
  [123_000, '2 min 3 s'],
])('%s milliseconds are %s', (ms, text) => expect(formatMs(ms)).toBe(text))

it('a share of nothing is nothing', () => {
  expect(formatShare(0, 0)).toBe('0%')
  expect(formatShare(1, 1000)).toBe('<1%')
  expect(formatShare(2, 3)).toBe('67%')
})

it('nouns agree with their number', () => {
  expect(formatNoun(1, 'page')).toBe('1 page')
  expect(formatNoun(2000, 'page')).toBe('2,000 pages')
  expect(formatNoun(0, 'entry', 'entries')).toBe('0 entries')
})

it('URLs are shown as people read them, and invalid ones as they are', () => {
  expect(readableUrl('/gr%C3%B6%C3%9Fe/')).toBe('/größe/')
  expect(readableUrl('/100%/')).toBe('/100%/')
  expect(readableUrl('/a%2Fb')).toBe('/a%2Fb')
})

it('a time that is none is shown as it is', () => {
  expect(formatTime('2026-03-14T09:26:53Z')).toMatch(/^2026-03-1[345] \d\d:\d\d$/)
  expect(formatTime('yesterday')).toBe('yesterday')
})

it('what is between backticks is code', () => {
  expect(spansOf('`/a` has no `<title>`.')).toEqual([
    { text: '/a', isCode: true },
    { text: ' has no ', isCode: false },
    { text: '<title>', isCode: true },
    { text: '.', isCode: false },
  ])
  expect(spansOf('a `b')).toEqual([{ text: 'a `b', isCode: false }])
  expect(spansOf('')).toEqual([])
})
