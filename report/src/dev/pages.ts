import type { DevReport } from '../../../src/report/data.ts'
import { readableUrl } from '../format.ts'
import type { Column } from '../list/column.ts'
import type { Filter } from '../list/filter.ts'

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

/** A path of this server, to link to: nothing that leads elsewhere, and nothing that runs. */
export const localPath = (url: string): string | undefined =>
  url.startsWith('/') && !/^\/[/\\]/.test(url) ? url : undefined
