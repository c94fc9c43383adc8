import type { PageList } from '../routes/types.ts'
import { pathToFileURL } from 'node:url'
import { DistillError } from '../errors.ts'
import { linkedFrom } from '../links/describe.ts'
import { count } from '../progress.ts'
import type { PageFailure } from './messages.ts'

/** How many causes are shown with their stack, and how many pages are named for each. */
const groupsShown = 10
const pagesShown = 3

/** A page that could not be rendered. */
export interface FailedPage {
  url: string
  route: string
  params?: Record<string, string> | undefined
  /** Why, with the message of what the app threw. */
  message: string
  /** Of what the app threw, mapped to the sources, with its causes. */
  stack?: string | undefined
  /** The paths of the pages that link to it, as far as they were rendered. */
  referrers?: string[] | undefined
}

/** Code `PAGES_FAILED`: the message groups the pages by cause, `pages` has all of them. */
export class PagesFailedError extends DistillError {
  readonly pages: readonly FailedPage[]

  constructor(pages: readonly FailedPage[], message: string, hint: string) {
    super('PAGES_FAILED', message, { hint })
    this.pages = pages
  }
}

/** A failed page, with what groups it. */
interface Failure {
  page: FailedPage
  /** Why this package does not accept it. */
  why: string
  /** The message of what the app threw, and where. */
  thrown: string
  frame: string
}

export interface FailuresContext {
  /** Of each page by its key, the paths of those that link to it. Default: not known. */
  referrers?: ReadonlyMap<string, string[]> | undefined
  /** The command whose `--json` lists every page. Default: `render`. */
  command?: 'render' | 'merge'
  /** What the failure leaves. Default: the last site. */
  outcome?: string
}

/** One error for all failed pages. */
export function describeFailures(
  failures: readonly PageFailure[],
  list: PageList,
  root: string,
  {
    referrers = new Map(),
    command = 'render',
    outcome = 'The site of the last build was left as it was.',
  }: FailuresContext = {},
): PagesFailedError {
  const all = failures.map((failure) => readFailure(failure, list, root, referrers))
  const groups = groupByCause(all)
  const lines = groups.slice(0, groupsShown).map(describeGroup)
  const rest = groups.slice(groupsShown)
  if (rest.length > 0) {
    const inRest = rest.reduce((sum, group) => sum + group.length, 0)
    lines.push(`  and ${count(rest.length, 'more cause')}, of ${count(inRest, 'page')}`)
  }
  const hidden = rest.length > 0 || groups.some((group) => group.length > pagesShown)
  return new PagesFailedError(
    all.map(({ page }) => page),
    `${count(all.length, 'page')} could not be rendered\n${lines.join('\n')}`,
    `${outcome}${hidden ? ` \`vite-distill ${command} --json\` lists every page.` : ''}`,
  )
}

function readFailure(
  { index, message, error }: PageFailure,
  list: PageList,
  root: string,
  referrers: ReadonlyMap<string, string[]>,
): Failure {
  const { url, key, route, params } = list.pages[index]!
  const page = { url, route: list.routes[route]!.route, params, referrers: referrers.get(key) }
  if (error === undefined) return { page: { ...page, message }, why: message, thrown: '', frame: '' }
  const thrown = error.message
  const why = message.endsWith(thrown) ? message.slice(0, message.length - thrown.length) : `${message}: `
  const stack = withoutRoot(error.stack, root)
  const frame = stack.split('\n', 1)[0]!
  return { page: { ...page, message: why + thrown, stack: stack || undefined }, why, thrown, frame }
}

/** A stack with paths from the app's folder. */
export const withoutRoot = (stack: string, root: string): string =>
  stack.replaceAll(`${pathToFileURL(root).href}/`, '').replaceAll(`${root}/`, '')

/** The pages of each cause, the most frequent cause first. */
function groupByCause(failures: readonly Failure[]): Failure[][] {
  const same = groupBy(failures, ({ why, thrown, frame }) => `${why}\n${thrown}\n${frame}`)
  // Those that differ only by what they say of the page: `no post "a"`, `no post "b"`.
  return groupBy([...same.values()], ([failure]) => {
    const { page, why, thrown, frame } = failure!
    const without = withoutPage(page)
    // In this package's own words, what differs stands in backticks, and other numbers are those of a status.
    return `${why.replace(/`[^`]*`/g, without)}\n${without(thrown)}\n${frame}`
  })
    .map((groups) => groups.flat())
    .sort((a, b) => b.length - a.length)
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return [...groups.values()]
}

/** Takes the URL and the params of a page out of a text. */
function withoutPage({ url, params = {} }: FailedPage): (text: string) => string {
  const own = [url, decodeURI(url), ...Object.values(params)].filter((part) => part !== '')
  const any = own
    .toSorted((a, b) => b.length - a.length)
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${any.join('|')})(?![\\p{L}\\p{N}])`, 'gu')
  return (text) => text.replace(pattern, '…')
}

function describeGroup(group: readonly Failure[]): string {
  const pages = group
    .slice(0, pagesShown)
    .map(
      ({ page: { url, route, params, referrers } }) =>
        `  \`${url}\` (route \`${route}\`${params ? `, params \`${JSON.stringify(params)}\`` : ''})${referrers ? `, ${linkedFrom(referrers)}` : ''}`,
    )
  if (group.length > pagesShown) pages.push(`  and ${count(group.length - pagesShown, 'page')} more`)
  const { message, stack } = group[0]!.page
  return `${pages.join('\n')}\n    ${message}${stack === undefined ? '' : `\n${stack}`}`
}
