import type { BuildReport, ReportFile } from '../../../src/report/data.ts'
import { formatBytes, formatMs, formatNoun, readableUrl } from '../format.ts'
import type { Column } from '../list/column.ts'

export const timeColumns: readonly Column<ReportFile>[] = [
  { id: 'url', title: 'URL', text: ({ url }) => readableUrl(url), width: 'minmax(0, 3fr)' },
  { id: 'route', title: 'Route', text: ({ route = '' }) => route, width: 'minmax(0, 1.4fr)', from: 620 },
  {
    id: 'time',
    title: 'Time',
    text: ({ ms }) => (ms === undefined ? '' : formatMs(ms)),
    value: ({ ms }) => ms,
    number: true,
    width: '6rem',
  },
  {
    id: 'started',
    title: 'Started',
    text: ({ at }) => (at === undefined ? '' : formatMs(at)),
    value: ({ at }) => at,
    number: true,
    width: '6rem',
    from: 480,
  },
  {
    id: 'thread',
    title: 'Thread',
    text: ({ thread }) => (thread === undefined ? '' : `${thread + 1}`),
    value: ({ thread }) => thread,
    number: true,
    width: '5rem',
    from: 760,
  },
  {
    id: 'size',
    title: 'Size',
    text: ({ size }) => formatBytes(size),
    value: ({ size }) => size,
    number: true,
    width: '6rem',
  },
]

/** `4 threads`; of pages that came from shards, or were all kept, there are none. */
export const workersOf = ({ threads, shards = 0 }: Pick<BuildReport, 'threads' | 'shards'>): string =>
  [threads > 0 && formatNoun(threads, 'thread'), shards > 0 && formatNoun(shards, 'shard')]
    .filter(Boolean)
    .join(', ')
