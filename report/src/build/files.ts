import type { ReportFile } from '../../../src/report/data.ts'
import { formatBytes, formatMs, readableUrl } from '../format.ts'
import type { Column, Tone } from '../list/column.ts'
import type { Filter } from '../list/filter.ts'

const changeTone: Record<ReportFile['change'], Tone> = { new: 'good', changed: 'warn', unchanged: 'quiet' }

/** `rendered`, `kept`; `remote` is a page that only the target has. */
const actionOf = ({ action }: ReportFile) =>
  action === 'remote' ? 'kept, only in the target' : (action ?? '')

/** Whether a page was rendered, and why. */
export const whyOf = (file: ReportFile): string => [actionOf(file), file.reason].filter(Boolean).join(': ')

/** The kind, and where the file or its name comes from if that is not plain. */
export function kindOf({ kind, hashed, emitted }: ReportFile): string {
  if (hashed) return `${kind}, its name has a hash of its content`
  return emitted ? `${kind}, emitted by the option rendered` : kind
}

export const statusOf = ({ status, redirect }: ReportFile): number | undefined => redirect?.status ?? status

/** Where visitors find a file: undefined without an `origin`, or if that is no website. */
export function publicUrl({ url }: Pick<ReportFile, 'url'>, origin: string | undefined): string | undefined {
  if (!origin || !URL.canParse(url, origin)) return undefined
  const { href, protocol } = new URL(url, origin)
  return protocol === 'https:' || protocol === 'http:' ? href : undefined
}

/** In one line, the type first: `text/html; cache-control: no-cache`. */
const headersOf = ({ headers }: ReportFile) => {
  const { 'content-type': type = '', ...others } = headers
  return [type, ...Object.entries(others).map(([name, value]) => `${name}: ${value}`)]
    .filter(Boolean)
    .join('; ')
}

const warningsOf = ({ warnings = [] }: ReportFile) => warnings.length

export const fileColumns: readonly Column<ReportFile>[] = [
  {
    id: 'url',
    title: 'URL',
    text: (file) => readableUrl(file.url),
    width: 'minmax(0, 3.6fr)',
  },
  {
    id: 'file',
    title: 'File',
    text: (file) => file.key,
    width: 'minmax(0, 2fr)',
    from: 900,
    tone: () => 'quiet',
  },
  { id: 'route', title: 'Route', text: (file) => file.route ?? '', width: 'minmax(0, 1.4fr)', from: 1020 },
  {
    id: 'status',
    title: 'Status',
    text: (file) => String(statusOf(file) ?? ''),
    value: statusOf,
    width: '4rem',
    tone: (file) => ((statusOf(file) ?? 200) >= 400 ? 'warn' : undefined),
  },
  {
    id: 'size',
    title: 'Size',
    text: (file) => formatBytes(file.size),
    value: (file) => file.size,
    number: true,
    width: '5rem',
  },
  {
    id: 'time',
    title: 'Time',
    text: (file) => (file.ms === undefined ? '' : formatMs(file.ms)),
    value: (file) => file.ms,
    number: true,
    width: '5rem',
  },
  {
    id: 'change',
    title: 'Change',
    text: (file) => file.change,
    width: '6.25rem',
    tone: (file) => changeTone[file.change],
  },
  {
    id: 'why',
    isMessage: true,
    title: 'Rendered or kept',
    text: whyOf,
    width: 'minmax(0, 1.8fr)',
    from: 760,
    tone: () => 'quiet',
  },
  {
    id: 'headers',
    title: 'Headers',
    text: headersOf,
    width: 'minmax(0, 1.6fr)',
    from: 1180,
    tone: () => 'quiet',
  },
  {
    id: 'warnings',
    title: 'Warnings',
    text: (file) => (warningsOf(file) > 0 ? `${warningsOf(file)} ⚠` : ''),
    value: (file) => warningsOf(file) || undefined,
    number: true,
    width: '5.5rem',
    from: 680,
    tone: () => 'warn',
  },
]

export const fileFilters: readonly Filter<ReportFile>[] = [
  { id: 'kind', title: 'Kind', of: (file) => file.kind },
  { id: 'change', title: 'Change', of: (file) => file.change },
  { id: 'action', title: 'Built', of: actionOf },
  { id: 'route', title: 'Route', of: (file) => file.route ?? '' },
  { id: 'warnings', title: 'Warnings', of: (file) => (warningsOf(file) > 0 ? 'with warnings' : '') },
]

/** What a search in the files looks in. */
export const fileTexts = (file: ReportFile): string[] => [
  readableUrl(file.url),
  file.url,
  file.key,
  file.route ?? '',
  file.reason ?? '',
  file.redirect?.to ?? '',
  headersOf(file),
  ...(file.warnings ?? []),
]
