import { type ComputedRef, type Ref, computed } from 'vue'
import { type Column, sortRows } from './column.ts'

/** The rows that a table shows. They are sorted before they are filtered, so that typing only filters. */
export function useRows<Row>(
  all: () => readonly Row[],
  columns: () => readonly Column<Row>[],
  sort: Ref<string>,
  createFilter: () => (row: Row) => boolean,
): ComputedRef<readonly Row[]> {
  const sorted = computed(() => sortRows(all(), columns(), sort.value))
  return computed(() => sorted.value.filter(createFilter()))
}
