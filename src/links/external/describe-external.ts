import { count } from '../../progress.ts'
import { groupsShown, linkedFrom, some } from '../describe.ts'
import type { ExternalFacts } from './check-external.ts'

/** The addresses that lead nowhere, as one text. */
export function describeBrokenExternal(broken: ExternalFacts['broken']): string {
  const lines = broken
    .slice(0, groupsShown)
    .map(({ url, why, referrers }) => `  \`${url}\` (${why})\n    ${linkedFrom(referrers)}`)
  const rest = broken.length - groupsShown
  if (rest > 0) lines.push(`  and ${count(rest, 'more URL')}`)
  return `${count(broken.length, 'URL')} of other sites ${broken.length === 1 ? 'leads' : 'lead'} nowhere\n${lines.join('\n')}`
}

/** What else is worth to know of them: a line for each kind. */
export function externalNotices({ refused, moved }: ExternalFacts): string[] {
  const notices: string[] = []
  if (refused.length > 0) {
    const named = some(refused, ({ url, why }) => `\`${url}\` (${why})`, ', ')
    notices.push(
      `${count(refused.length, 'URL')} of other sites cannot be checked, because their servers refuse it: ${named}`,
    )
  }
  if (moved.length > 0) {
    const named = some(
      moved,
      ({ url, instead, referrers }) => `\`${url}\` → \`${instead}\`, ${linkedFrom(referrers)}`,
      '; ',
    )
    notices.push(`${count(moved.length, 'URL')} of other sites have moved for good: ${named}`)
  }
  return notices
}
