import type { PageList } from '../routes/types.ts'
import { pathToFileURL } from 'node:url'
import { DistillError } from '../errors.ts'
import { count } from '../progress.ts'
import type { PageFailure } from './messages.ts'

/** How many causes are shown with their stack, and how many pages are named for each. */
const groupsShown = 5
const pagesShown = 3

/** One error for all failed pages, grouped by cause. */
export function describeFailures(
  failures: readonly PageFailure[],
  list: PageList,
  root: string,
): DistillError {
  const groups = new Map<string, PageFailure[]>()
  for (const failure of failures) {
    const cause = `${failure.error?.message}\n${failure.error?.stack.split('\n')[0]}\n${failure.message}`
    const group = groups.get(cause)
    if (group) group.push(failure)
    else groups.set(cause, [failure])
  }
  const lines = [...groups.values()].slice(0, groupsShown).map((group) => describeGroup(group, list, root))
  const more = groups.size - groupsShown
  if (more > 0) lines.push(`  and ${more} more causes`)
  return new DistillError(
    'PAGES_FAILED',
    `${count(failures.length, 'page')} could not be rendered\n${lines.join('\n')}`,
    {
      hint: 'The site of the last build was left as it was.',
    },
  )
}

function describeGroup(group: readonly PageFailure[], list: PageList, root: string): string {
  const [{ message, error }] = group as [PageFailure]
  const pages = group.slice(0, pagesShown).map(({ index }) => {
    const { url, route, params } = list.pages[index]!
    return `  \`${url}\` (route \`${list.routes[route]!.route}\`${params ? `, params \`${JSON.stringify(params)}\`` : ''})`
  })
  if (group.length > pagesShown) pages.push(`  and ${count(group.length - pagesShown, 'page')} more`)
  if (error === undefined) return `${pages.join('\n')}\n    ${message}`
  const cause = message === error.message ? message : `${message}: ${error.message}`
  const stack = error.stack.replaceAll(`${pathToFileURL(root).href}/`, '').replaceAll(`${root}/`, '')
  return `${pages.join('\n')}\n    ${cause}${stack ? `\n${stack}` : ''}`
}
