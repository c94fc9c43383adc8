import { describe, expect, it } from 'vitest'
import { type Column, nextSort, sortRows } from '../../report/src/list/column.ts'
import { type Filter, filterRows, isUseful, optionsOf } from '../../report/src/list/filter.ts'
import { formatPlace, parsePlace } from '../../report/src/place.ts'

interface Row {
  name: string
  size?: number
}
const rows: Row[] = [{ name: 'b', size: 2 }, { name: 'a' }, { name: 'd', size: 10 }, { name: 'c', size: 2 }]
const columns: Column<Row>[] = [
  { id: 'name', title: 'Name', text: ({ name }) => name, width: '1fr' },
  {
    id: 'size',
    title: 'Size',
    text: ({ size }) => `${size} B`,
    value: ({ size }) => size,
    number: true,
    width: '1fr',
  },
]
const sorted = (sort: string) =>
  sortRows(rows, columns, sort)
    .map(({ name }) => name)
    .join('')

describe('sorting', () => {
  it('compares values, keeps the order of equal rows, and puts rows without a value last', () => {
    expect(sorted('name')).toBe('abcd')
    expect(sorted('-name')).toBe('dcba')
    expect(sorted('size')).toBe('bcda')
    expect(sorted('-size')).toBe('dbca')
  })

  it('leaves the rows as they are for no column, and for one that is not there', () => {
    for (const sort of ['', '-', 'nonsense', '-nonsense']) expect(sorted(sort)).toBe('badc')
  })

  it('goes from one way to the other to none, and numbers begin with the largest', () => {
    const clicks = (column: Column<Row>) => {
      const first = nextSort('', column)
      const second = nextSort(first, column)
      return [first, second, nextSort(second, column)]
    }
    expect(clicks(columns[0]!)).toEqual(['name', '-name', ''])
    expect(clicks(columns[1]!)).toEqual(['-size', 'size', ''])
    expect(nextSort('-size', columns[0]!)).toBe('name')
  })
})

describe('filtering', () => {
  const files = [
    { kind: 'page', url: '/Größe/', warnings: '' },
    { kind: 'page', url: '/about/', warnings: 'some' },
    { kind: 'asset', url: '/a.css', warnings: '' },
  ]
  type File = (typeof files)[number]
  const filters: Filter<File>[] = [
    { id: 'kind', title: 'Kind', of: ({ kind }) => kind },
    { id: 'warnings', title: 'Warnings', of: ({ warnings }) => warnings },
  ]
  const filtered = (chosen: string[], search: string) =>
    filterRows(files, filters, chosen, search, ({ url, kind }) => [url, kind]).map(({ url }) => url)

  it('finds all words, in any of the texts, in any case', () => {
    expect(filtered([], 'PAGE GRÖßE')).toEqual(['/Größe/'])
    expect(filtered([], 'a')).toHaveLength(3)
    expect(filtered([], '  ')).toHaveLength(3)
    expect(filtered([], 'page .css')).toEqual([])
  })

  it('combines choices with the search', () => {
    expect(filtered(['page', ''], '')).toHaveLength(2)
    expect(filtered(['page', 'some'], '')).toEqual(['/about/'])
    expect(filtered(['asset', ''], 'about')).toEqual([])
    expect(filtered(['nonsense'], '')).toEqual([])
  })

  it('offers the values that there are, the most frequent first, and the one that was chosen', () => {
    const [kind, warnings] = filters as [Filter<File>, Filter<File>]
    expect(optionsOf(files, kind, '')).toEqual([
      { value: 'page', count: 2 },
      { value: 'asset', count: 1 },
    ])
    expect(optionsOf(files, kind, 'redirect').at(-1)).toEqual({ value: 'redirect', count: 0 })
    expect(optionsOf(files, warnings, '')).toEqual([{ value: 'some', count: 1 }])
  })

  it('offers no choice that changes nothing', () => {
    const kind = filters[0]!
    const useful = (files: File[], chosen = '') =>
      isUseful(optionsOf(files, kind, chosen), chosen, files.length)
    expect(useful(files)).toBe(true)
    expect(useful(files.slice(0, 2))).toBe(false)
    expect(useful([])).toBe(false)
    expect(useful([], 'page')).toBe(true)
  })
})

describe('the address', () => {
  it.each(['#files', '#files?q=%C3%A4+%26&sort=-size', '#'])('%s is read and written', (hash) => {
    expect(formatPlace(parsePlace(hash))).toBe(hash)
  })

  it('leaves out what is empty, and reads what is odd', () => {
    expect(formatPlace({ view: 'files', query: { q: '', sort: '' } })).toBe('#files')
    expect(parsePlace('')).toEqual({ view: '', query: {} })
    expect(parsePlace('#files?q=a?b&&=&%')).toMatchObject({ view: 'files', query: { q: 'a?b' } })
  })
})
