/** A choice between the values that rows have: `kind`, of `page`, `asset` and `redirect`. */
export interface Filter<Row> {
  /** Its name in the hash. */
  id: string
  title: string
  /** Rows with an empty value are only shown when nothing is chosen. */
  of: (row: Row) => string
}

export interface Option {
  value: string
  count: number
}

/** The values to choose from, the most frequent first. A value that was chosen stays, even if no row has it any more. */
export function optionsOf<Row>(rows: readonly Row[], filter: Filter<Row>, chosen: string): Option[] {
  const counts = new Map<string, number>(chosen === '' ? [] : [[chosen, 0]])
  for (const row of rows) {
    const value = filter.of(row)
    if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
}

/** Whether a choice changes anything. */
export const isUseful = (options: readonly Option[], chosen: string, rows: number): boolean =>
  chosen !== '' || options.length > 1 || options.some(({ count }) => count < rows)

/** Makes a test for texts that have all words of a search. */
function createSearch(search: string): (...texts: string[]) => boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return () => true
  return (...texts) => {
    const text = texts.join('\n').toLowerCase()
    return words.every((word) => text.includes(word))
  }
}

/** The rows that a search and the choices leave. `chosen` has a value for each filter, or an empty text. */
export function filterRows<Row>(
  rows: readonly Row[],
  filters: readonly Filter<Row>[],
  chosen: readonly string[],
  search: string,
  textsOf: (row: Row) => string[],
): readonly Row[] {
  const active = filters.flatMap(({ of }, index) => {
    const value = chosen[index] ?? ''
    return value === '' ? [] : [(row: Row) => of(row) === value]
  })
  if (search.trim() !== '') {
    const matches = createSearch(search)
    active.push((row) => matches(...textsOf(row)))
  }
  return active.length === 0 ? rows : rows.filter((row) => active.every((test) => test(row)))
}
