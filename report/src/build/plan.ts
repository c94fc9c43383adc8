import type { ReportPlan } from '../../../src/report/data.ts'
import { formatBytes } from '../format.ts'
import type { Column, Tone } from '../list/column.ts'
import type { Filter } from '../list/filter.ts'

export type PlanRow = ReportPlan['changes'][number]

/** The actions of a plan, as people do them. */
export const actions = ['upload', 'update', 'headers', 'keep', 'delete'] as const

const tones: Record<PlanRow['action'], Tone | undefined> = {
  upload: 'good',
  update: 'warn',
  headers: undefined,
  delete: 'bad',
}

export const planColumns: readonly Column<PlanRow>[] = [
  { id: 'key', title: 'Key', text: ({ key }) => key, width: 'minmax(0, 3fr)' },
  {
    id: 'action',
    title: 'Action',
    text: ({ action }) => action,
    width: '6rem',
    tone: ({ action }) => tones[action],
  },
  {
    id: 'why',
    isMessage: true,
    title: 'Why',
    text: ({ reason }) => reason,
    width: 'minmax(0, 1.6fr)',
    tone: () => 'quiet',
  },
  {
    id: 'size',
    title: 'Size',
    text: ({ bytes }) => formatBytes(bytes),
    value: ({ bytes }) => bytes,
    number: true,
    width: '5.5rem',
  },
]

export const planFilters: readonly Filter<PlanRow>[] = [
  { id: 'action', title: 'Action', of: ({ action }) => action },
  { id: 'why', title: 'Why', of: ({ reason }) => reason },
]

export const planTexts = ({ key, action, reason }: PlanRow): string[] => [key, action, reason]
