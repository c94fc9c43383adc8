import type { PageList } from '../routes/types.ts'
import { pathToFileURL } from 'node:url'
import { DistillError } from '../errors.ts'
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
}

/** Code `PAGES_FAILED`: the message groups the pages by cause, `pages` has all of them. */
export class PagesFailedError extends DistillError {
  readonly pages: readonly FailedPage[]

  constructor(pages: readonly FailedPage[], message: string, hint: string) {
    super('PAGES_FAILED', message, { hint })
    this.pages = pages
  }
}

/** One error for all failed pages. */
export function describeFailures(
  failures: readonly PageFailure[],
  list: PageList,
  root: string,
): PagesFailedError {
  const pages = failures.map((failure) => failedPage(failure, list, root))
  const groups = groupByCause(pages)
  const lines = groups.slice(0, groupsShown).map(describeGroup)
  const rest = groups.slice(groupsShown)
  if (rest.length > 0) {
    const inRest = rest.reduce((sum, group) => sum + group.length, 0)
    lines.push(`  and ${count(rest.length, 'more cause')}, of ${count(inRest, 'page')}`)
  }
  const hidden = rest.length > 0 || groups.some((group) => group.length > pagesShown)
  return new PagesFailedError(
    pages,
    `${count(pages.length, 'page')} could not be rendered\n${lines.join('\n')}`,
    `The site of the last build was left as it was.${hidden ? ' `vite-distill render --json` lists every page.' : ''}`,
  )
}

function failedPage({ index, message, error }: PageFailure, list: PageList, root: string): FailedPage {
  const { url, route, params } = list.pages[index]!
  const page = { url, route: list.routes[route]!.route, params }
  if (error === undefined) return { ...page, message }
  const stack = error.stack.replaceAll(`${pathToFileURL(root).href}/`, '').replaceAll(`${root}/`, '')
  const whole = message.endsWith(error.message) ? message : `${message}: ${error.message}`
  return { ...page, message: whole, stack: stack || undefined }
}

/** The pages of each cause, the most frequent cause first. */
function groupByCause(pages: readonly FailedPage[]): FailedPage[][] {
  const same = groupBy(pages, ({ message, stack }) => `${message}\n${firstFrame(stack)}`)
  // Messages that differ only by what they say of the page: `no post "a"`, `no post "b"`.
  return groupBy([...same.values()], ([page]) => `${withoutPage(page!)}\n${firstFrame(page!.stack)}`)
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

const firstFrame = (stack = '') => stack.split('\n', 1)[0]!

/** The message of a page without its URL and its params. */
function withoutPage({ message, url, params = {} }: FailedPage): string {
  const own = [url, decodeURI(url), ...Object.values(params)].filter((text) => text !== '')
  const any = own
    .toSorted((a, b) => b.length - a.length)
    .map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  return message.replace(new RegExp(`(?<![\\p{L}\\p{N}])(?:${any.join('|')})(?![\\p{L}\\p{N}])`, 'gu'), '…')
}

function describeGroup(group: readonly FailedPage[]): string {
  const pages = group
    .slice(0, pagesShown)
    .map(
      ({ url, route, params }) =>
        `  \`${url}\` (route \`${route}\`${params ? `, params \`${JSON.stringify(params)}\`` : ''})`,
    )
  if (group.length > pagesShown) pages.push(`  and ${count(group.length - pagesShown, 'page')} more`)
  const [{ message, stack }] = group as [FailedPage]
  return `${pages.join('\n')}\n    ${message}${stack === undefined ? '' : `\n${stack}`}`
}
