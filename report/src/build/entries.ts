import { formatBytes, formatCount, formatNoun, formatShare } from '../format.ts'
import type { Column } from '../list/column.ts'
import type { Entry } from './folders.ts'

/** The columns of a folder of a given size. */
export const entryColumns = (size: number): readonly Column<Entry>[] => [
  { id: 'name', title: 'Name', text: ({ name }) => name, width: 'minmax(0, 3fr)' },
  {
    id: 'size',
    title: 'Size',
    text: (entry) => formatBytes(entry.size),
    value: (entry) => entry.size,
    number: true,
    width: '6rem',
  },
  {
    id: 'share',
    title: 'Share',
    text: (entry) => formatShare(entry.size, size),
    value: (entry) => entry.size,
    number: true,
    width: '5rem',
  },
  {
    id: 'files',
    title: 'Files',
    text: ({ count }) => formatCount(count),
    value: ({ count }) => count,
    number: true,
    width: '6rem',
  },
]

export const entryTexts = ({ name, file }: Entry): string[] => [name, file?.url ?? '']

/** `assets/: 1.2 MB in 12 files, 40%` */
export function entryTitle({ name, size, count, file }: Entry, whole: number): string {
  const what = name === '' ? formatNoun(count, 'smaller file') : name
  const files = file || name === '' ? '' : ` in ${formatNoun(count, 'file')}`
  return `${what}: ${formatBytes(size)}${files}, ${formatShare(size, whole)}`
}
