import type { DevReport } from '../../../src/report/data.ts'
import { readableUrl } from '../format.ts'
import type { Column } from '../list/column.ts'
import type { Filter } from '../list/filter.ts'

export type RedirectRow = DevReport['redirects'][number]

export const redirectColumns: readonly Column<RedirectRow>[] = [
  { id: 'from', title: 'From', text: ({ from }) => readableUrl(from), width: 'minmax(0, 2fr)' },
  { id: 'to', title: 'To', text: ({ to }) => readableUrl(to), width: 'minmax(0, 2fr)' },
  {
    id: 'status',
    title: 'Status',
    text: ({ status }) => String(status),
    value: ({ status }) => status,
    width: '5rem',
  },
]

export const redirectFilters: readonly Filter<RedirectRow>[] = [
  { id: 'status', title: 'Status', of: ({ status }) => String(status) },
]

export const redirectTexts = ({ from, to }: RedirectRow): string[] => [
  from,
  readableUrl(from),
  to,
  readableUrl(to),
]
