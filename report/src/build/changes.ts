import type { BuildReport, ReportFile } from '../../../src/report/data.ts'
import { formatBytes } from '../format.ts'
import type { Column, Tone } from '../list/column.ts'
import type { Filter } from '../list/filter.ts'

/** A key that is not as the last build had it. */
export interface ChangeRow {
  key: string
  change: 'new' | 'changed' | 'removed'
  /** Undefined if it was removed. */
  file?: ReportFile
}

export function changeRows({ files, removed }: Pick<BuildReport, 'files' | 'removed'>): ChangeRow[] {
  const rows: ChangeRow[] = removed.map((key) => ({ key, change: 'removed' }))
  for (const file of files) {
    const { key, change } = file
    if (change !== 'unchanged') rows.push({ key, change, file })
  }
  return rows.sort((a, b) => (a.key < b.key ? -1 : 1))
}

const tones: Record<ChangeRow['change'], Tone> = { new: 'good', changed: 'warn', removed: 'bad' }

export const changeColumns: readonly Column<ChangeRow>[] = [
  { id: 'file', title: 'File', text: ({ key }) => key, width: 'minmax(0, 3fr)' },
  {
    id: 'change',
    title: 'Change',
    text: ({ change }) => change,
    width: '6rem',
    tone: ({ change }) => tones[change],
  },
  { id: 'kind', title: 'Kind', text: ({ file }) => file?.kind ?? '', width: '5.5rem' },
  { id: 'route', title: 'Route', text: ({ file }) => file?.route ?? '', width: 'minmax(0, 1fr)', from: 760 },
  {
    id: 'why',
    isMessage: true,
    title: 'Why',
    text: ({ file }) => file?.reason ?? '',
    width: 'minmax(0, 1.4fr)',
    from: 620,
    tone: () => 'quiet',
  },
  {
    id: 'size',
    title: 'Size',
    text: ({ file }) => (file ? formatBytes(file.size) : ''),
    value: ({ file }) => file?.size,
    number: true,
    width: '5.5rem',
  },
]

export const changeFilters: readonly Filter<ChangeRow>[] = [
  { id: 'change', title: 'Change', of: ({ change }) => change },
  { id: 'kind', title: 'Kind', of: ({ file }) => file?.kind ?? '' },
]

export const changeTexts = ({ key, change, file }: ChangeRow): string[] => [
  key,
  change,
  file?.route ?? '',
  file?.reason ?? '',
]
