import type { DevRoute } from '../../../src/report/data.ts'
import { formatCount } from '../format.ts'
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
