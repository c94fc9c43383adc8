import type { DevReport, DevRoute } from '../../../src/report/data.ts'
import { formatCount, readableUrl } from '../format.ts'
import type { Column, Tone } from '../list/column.ts'
import type { Filter } from '../list/filter.ts'

const stateTone: Record<DevRoute['state'], Tone> = {
  distilled: 'good',
  linked: 'good',
  'not distilled': 'quiet',
  failed: 'bad',
}

export const routeColumns: readonly Column<DevRoute>[] = [
  { id: 'route', title: 'Route', text: ({ route }) => route, width: 'minmax(0, 2fr)' },
  {
    id: 'state',
    title: 'State',
    text: ({ state }) => state,
    width: '7rem',
    tone: ({ state }) => stateTone[state],
  },
  {
    id: 'why',
    isMessage: true,
    title: 'Why',
    text: ({ why }) => why,
    width: 'minmax(0, 3fr)',
    tone: () => 'quiet',
  },
  {
    id: 'pages',
    title: 'Pages',
    text: ({ pages }) => formatCount(pages),
    value: ({ pages }) => pages,
    number: true,
    width: '5.5rem',
  },
]

export const routeFilters: readonly Filter<DevRoute>[] = [
  { id: 'state', title: 'State', of: ({ state }) => state },
]

export const routeTexts = ({ route, state, why }: DevRoute): string[] => [route, state, why]

/** A page with the pattern of its route. */
export interface PageRow {
  url: string
  key: string
  route: string
  /** `slug: first, lang: en` */
  params: string
}

export const pageRows = ({ pages, routes }: Pick<DevReport, 'pages' | 'routes'>): PageRow[] =>
  pages.map(({ url, key, route, params = {} }) => ({
    url,
    key,
    route: routes[route]?.route ?? '',
    params: Object.entries(params)
      .map(([name, value]) => `${name}: ${value}`)
      .join(', '),
  }))

export const pageColumns: readonly Column<PageRow>[] = [
  { id: 'url', title: 'URL', text: ({ url }) => readableUrl(url), width: 'minmax(0, 2fr)' },
  { id: 'file', title: 'File', text: ({ key }) => key, width: 'minmax(0, 2fr)', tone: () => 'quiet' },
  { id: 'route', title: 'Route', text: ({ route }) => route, width: 'minmax(0, 1.2fr)', from: 620 },
  {
    id: 'params',
    title: 'Params',
    text: ({ params }) => params,
    width: 'minmax(0, 1.2fr)',
    from: 900,
    tone: () => 'quiet',
  },
]

export const pageFilters: readonly Filter<PageRow>[] = [
  { id: 'route', title: 'Route', of: ({ route }) => route },
]

export const pageTexts = ({ url, key, route, params }: PageRow): string[] => [
  url,
  readableUrl(url),
  key,
  route,
  params,
]

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

/** A path of this server, to link to: nothing that leads elsewhere, and nothing that runs. */
export const localPath = (url: string): string | undefined =>
  url.startsWith('/') && !/^\/[/\\]/.test(url) ? url : undefined
