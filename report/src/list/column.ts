/** A column of a table whose rows are `Row`. */
export interface Column<Row> {
  id: string
  title: string
  text: (row: Row) => string
  /** What rows are sorted by. Default: the text. */
  value?: (row: Row) => string | number | undefined
  /** Numbers are aligned at their end, and sorted from the largest at first. */
  number?: true
  /** A track of a CSS grid: `6rem`, `minmax(0, 2fr)`. */
  width: string
  /** The width of the table, in pixels, from which on the column is shown. Default: always. */
  from?: number
  tone?: (row: Row) => Tone | undefined
  /** What is between backticks in the text is code. */
  isMessage?: true
}

export type Tone = 'good' | 'bad' | 'warn' | 'quiet'

/** `-size`: the column `size`, the largest first. Empty: as the rows are given. */
export function parseSort(sort: string): { id: string; descending: boolean } {
  return sort.startsWith('-') ? { id: sort.slice(1), descending: true } : { id: sort, descending: false }
}

/** What a click on the title of a column makes of a sort: one way, the other way, and as the rows are given. */
export function nextSort(sort: string, column: Pick<Column<never>, 'id' | 'number'>): string {
  const order = column.number ? [`-${column.id}`, column.id] : [column.id, `-${column.id}`]
  return order[order.indexOf(sort) + 1] ?? ''
}

/** Sorts rows by a column. What has no value comes last, and equal rows stay in their order. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: string,
): readonly Row[] {
  const { id, descending } = parseSort(sort)
  const column = columns.find((column) => column.id === id)
  if (!column) return rows
  const values = rows.map(column.value ?? column.text)
  const isNothing = (value: string | number | undefined) => value === undefined || value === ''
  const sign = descending ? -1 : 1
  const order = Uint32Array.from(rows.keys())
  order.sort((a, b) => {
    const x = values[a]
    const y = values[b]
    if (isNothing(x) || isNothing(y)) return Number(isNothing(x)) - Number(isNothing(y)) || a - b
    return x! < y! ? -sign : x! > y! ? sign : a - b
  })
  return Array.from(order, (index) => rows[index]!)
}
