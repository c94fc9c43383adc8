import type { ReportLinks } from '../../../src/report/data.ts'
import { formatCount, formatNoun, readableUrl } from '../format.ts'
import type { Column, Tone } from '../list/column.ts'
import type { Filter } from '../list/filter.ts'

/** What the audit of links says of a URL. */
export interface LinkRow {
  /** Where links lead; of a page that none leads to, its own. */
  url: string
  problem: 'missing' | 'fragment' | 'redirected' | 'unlinked'
  /** Whether it fails the build. */
  level: 'error' | 'warning' | 'notice'
  why: string
  /** Keys. */
  referrers: readonly string[]
  /** The file itself, of a page that nothing links to. */
  key?: string
}

const redirectedWhy = {
  redirect: 'costs visitors a redirect; it could be',
  index: 'names `index.html`; it could be',
  fallback: 'only the fallback answers it:',
} as const

/** Everything that the audit found: broken links first. */
export function linkRows(
  { broken, redirected, unlinked }: ReportLinks,
  urlOf: (key: string) => string,
): LinkRow[] {
  return [
    ...broken.map((link): LinkRow => ({
      url: link.url,
      problem: link.problem,
      level: link.level === 'error' ? 'error' : 'warning',
      why: brokenWhy(link),
      referrers: link.referrers,
    })),
    ...redirected.map(({ url, why, instead, referrers }): LinkRow => ({
      url,
      problem: 'redirected',
      level: 'notice',
      why: `${redirectedWhy[why]} \`${readableUrl(instead)}\``,
      referrers,
    })),
    ...unlinked.map((key): LinkRow => ({
      url: urlOf(key),
      problem: 'unlinked',
      level: 'notice',
      why: 'no other page links to it',
      referrers: [],
      key,
    })),
  ]
}

function brokenWhy({ problem, app, meant }: ReportLinks['broken'][number]): string {
  if (problem === 'fragment') return 'no element has this `id`'
  if (app?.why === 'dropped') return '`transform` leaves this page out'
  if (app?.why === 'not distilled') return `route \`${app.route}\` is not distilled`
  const found = app
    ? `\`distillParams\` of \`${app.route}\` does not list it`
    : 'the site has no such page or file'
  return meant === undefined ? found : `${found}; is \`${readableUrl(meant)}\` meant?`
}

/** A build lists at most so many of each link. */
const listed = 1000

/** `12 files`, `1,000+ files` */
export const countReferrers = ({ length }: readonly string[]): string =>
  length < listed ? formatNoun(length, 'file') : `${formatCount(length)}+ files`

const levelTone: Record<LinkRow['level'], Tone | undefined> = {
  error: 'bad',
  warning: 'warn',
  notice: undefined,
}

export const linkColumns: readonly Column<LinkRow>[] = [
  { id: 'url', title: 'URL', text: ({ url }) => readableUrl(url), width: 'minmax(0, 2fr)' },
  {
    id: 'problem',
    title: 'Problem',
    text: ({ problem }) => problem,
    width: '6.5rem',
    tone: ({ level }) => levelTone[level],
  },
  {
    id: 'level',
    title: 'Level',
    text: ({ level }) => level,
    width: '5.5rem',
    from: 760,
    tone: ({ level }) => levelTone[level],
  },
  {
    id: 'why',
    isMessage: true,
    title: 'Why',
    text: ({ why }) => why,
    width: 'minmax(0, 2fr)',
    tone: () => 'quiet',
  },
  {
    id: 'referrers',
    title: 'Linked from',
    text: ({ referrers }) => (referrers.length === 0 ? '' : countReferrers(referrers)),
    value: ({ referrers }) => referrers.length || undefined,
    number: true,
    width: '7rem',
  },
]

export const linkFilters: readonly Filter<LinkRow>[] = [
  { id: 'problem', title: 'Problem', of: ({ problem }) => problem },
  { id: 'level', title: 'Level', of: ({ level }) => level },
]

export const linkTexts = ({ url, why, problem, referrers }: LinkRow): string[] => [
  url,
  readableUrl(url),
  why,
  problem,
  ...referrers,
]
