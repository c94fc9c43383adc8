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

/** What it is called: `assets/`, or how many files are too small to have a name. */
export const entryName = ({ name, count }: Pick<Entry, 'name' | 'count'>): string =>
  name === '' ? formatNoun(count, 'small file') : name

/** `assets/: 1.2 MB in 12 files, 40%` */
export function entryTitle(entry: Entry, whole: number): string {
  const { size, count, file, folder } = entry
  const files = folder ? ` in ${formatNoun(count, 'file')}` : ''
  const average = file || folder ? '' : `, ${formatBytes(Math.round(size / count))} on average`
  return `${entryName(entry)}: ${formatBytes(size)}${files}, ${formatShare(size, whole)}${average}`
}
