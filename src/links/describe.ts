import { DistillError } from '../errors.ts'
import { compareKeys, fileUrl } from '../keys.ts'
import { count } from '../progress.ts'
import type { BrokenLink, LinkReport, RedirectedLink } from './audit.ts'

/** How many URLs a message names, and how many referrers of each. */
export const groupsShown = 20
const referrersShown = 3
/** How many URLs a notice names. */
const noticed = 3

/** A broken link as `--json` shows it. */
export interface BrokenLinkFact extends Omit<BrokenLink, 'referrers' | 'app'> {
  /** What is wrong, in words. */
  why: string
  /** The paths of all files that link there, with `base`. */
  referrers: string[]
}

/** A link that works and should be another, as `--json` shows it. */
interface RedirectedLinkFact extends Omit<RedirectedLink, 'referrers'> {
  referrers: string[]
}

/** What an audit has found, as plain data: paths instead of keys. */
export interface LinkFacts {
  links: number
  broken: BrokenLinkFact[]
  redirected: RedirectedLinkFact[]
  unlinked: string[]
}

/** Code `LINKS_BROKEN`: the message has the most frequent links, `links` has all of them. */
export class LinksBrokenError extends DistillError {
  readonly links: readonly BrokenLinkFact[]

  constructor(links: readonly BrokenLinkFact[]) {
    const hint =
      'Mend the links, or say in `links` what is right all the same: `served` for what something else answers, `ignore` for what is not to be checked, `warn` to go on. `vite-distill check --json`, `render --json` or `merge --json` lists every page.'
    super('LINKS_BROKEN', describeBroken(links), { hint })
    this.links = links
  }
}

/** A report with paths in it, for people and programs. */
export function factsOf({ links, broken, redirected, unlinked }: LinkReport, base: string): LinkFacts {
  const pathsOf = (keys: readonly string[]) => sortedPaths(keys, base)
  return {
    links,
    broken: broken.map((link) => {
      const { url, problem, level, meant, referrers } = link
      return { url, problem, level, why: whyOf(link, base), meant, referrers: pathsOf(referrers) }
    }),
    redirected: redirected.map((link) => ({ ...link, referrers: pathsOf(link.referrers) })),
    unlinked: pathsOf(unlinked),
  }
}

/** The paths of files, sorted: the order in which pages are rendered changes from build to build. */
export const sortedPaths = (keys: readonly string[], base: string): string[] =>
  keys.map((key) => fileUrl(key, base)).sort(compareKeys)

function whyOf({ url, problem, app, meant }: BrokenLink, base: string): string {
  if (problem === 'fragment') return 'no element has this `id`'
  if (app?.why === 'not distilled')
    return `a route of the app that is not distilled (\`${app.route}\`): add it to \`links.served\` if a server answers it`
  if (app?.why === 'dropped') return '`transform` leaves this page out'
  const listed = app && `\`distillParams\` of \`${app.route}\` does not list it`
  const suggestion =
    meant && (url.startsWith(base) ? `is \`${meant}\` meant?` : `it lacks \`base\`: \`${meant}\``)
  return [listed ?? 'the site has no such page or file', suggestion].filter(Boolean).join('; ')
}

/** All broken links as one text: at most 20 URLs, the most linked first, with three referrers each. */
export function describeBroken(broken: readonly BrokenLinkFact[]): string {
  const pages = new Set(broken.flatMap(({ referrers }) => referrers)).size
  const lines = broken
    .slice(0, groupsShown)
    .map(({ url, why, referrers }) => `  \`${url}\` (${why})\n    ${linkedFrom(referrers)}`)
  const rest = broken.length - groupsShown
  if (rest > 0) lines.push(`  and ${count(rest, 'more URL')}`)
  return `${count(pages, 'file')} ${pages === 1 ? 'has' : 'have'} links that lead nowhere, to ${count(broken.length, 'URL')}\n${lines.join('\n')}`
}

/** Where links are, as part of a sentence. */
export function linkedFrom(referrers: readonly string[]): string {
  const shown = referrers.slice(0, referrersShown).map((path) => `\`${path}\``)
  const rest = referrers.length - shown.length
  return `linked from ${shown.join(', ')}${rest > 0 ? ` and ${rest.toLocaleString('en')} more` : ''}`
}

/** What is no mistake and could be better: a line for each kind. */
export function linkNotices({ redirected, unlinked }: LinkFacts): string[] {
  const of = (why: RedirectedLink['why']) => redirected.filter((link) => link.why === why)
  const named = (links: readonly RedirectedLinkFact[]) =>
    some(
      links,
      ({ url, instead, referrers }) => `\`${url}\` → \`${instead}\`, ${linkedFrom(referrers)}`,
      '; ',
    )
  const redirects = of('redirect')
  const index = of('index')
  const fallback = of('fallback')
  return [
    ...(redirects.length > 0
      ? [`links to ${count(redirects.length, 'URL')} cost visitors a redirect: ${named(redirects)}`]
      : []),
    ...(index.length > 0
      ? [`links to ${count(index.length, 'URL')} name \`index.html\`: ${named(index)}`]
      : []),
    ...(fallback.length > 0
      ? [
          `links lead to ${count(fallback.length, 'URL')} that only \`fallback\` answers: ${some(fallback, ({ url }) => `\`${url}\``, ', ')}`,
        ]
      : []),
    ...(unlinked.length > 0
      ? [
          `no page links to ${count(unlinked.length, 'page')} of the site: ${some(unlinked, (path) => `\`${path}\``, ', ')}`,
        ]
      : []),
  ]
}

/** Names the first of many things. */
export function some<T>(items: readonly T[], describe: (item: T) => string, separator: string): string {
  const rest = items.length - noticed
  return [...items.slice(0, noticed).map(describe), ...(rest > 0 ? [`and ${rest} more`] : [])].join(separator)
}
