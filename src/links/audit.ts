import { compareKeys } from '../keys.ts'
import type { LinkLevel } from '../link-options.ts'
import type { LinkTable } from './link-table.ts'
import { names } from './page-links.ts'
import { type Answer, type SiteFiles, answerTo, createGuess } from './site-index.ts'

/** The site whose links are audited. */
export interface AuditedSite extends SiteFiles {
  /** Links that lead to nothing. */
  missing: LinkLevel
  /** Links whose fragment is no id. */
  fragments: LinkLevel
  /** Answers every URL that no file answers. */
  fallback: boolean
  /** Whether something else answers a path. */
  isServed(path: string): boolean
  /** Whether a URL, with its fragment, is not audited. */
  isIgnored(url: string): boolean
  /** The keys of all files. */
  keys(): Iterable<string>
  /** The ids in a file that is no page, if they matter: those of an SVG or HTML asset. */
  idsOf(key: string): ReadonlySet<string> | undefined
  /** What the app says of a path that leads to no file. */
  askApp(path: string): AppAnswer | undefined
  /** Pages that visitors should find, by key. */
  findable: ReadonlySet<string>
}

/** Why a path that the app knows has no file. */
export interface AppAnswer {
  /** The pattern of the route. */
  route: string
  why: 'not distilled' | 'not listed' | 'dropped'
}

/** A URL that links lead to in vain. */
export interface BrokenLink {
  /** With `base` and fragment, percent-encoded; `#team` for fragments that pages have for themselves. */
  url: string
  problem: 'missing' | 'fragment'
  level: 'error' | 'warn'
  app?: AppAnswer | undefined
  /** The path that is probably meant. */
  meant?: string | undefined
  /** The keys of the files that link there: pages, style sheets, redirects. */
  referrers: string[]
}

/** A URL that works and should be another. */
export interface RedirectedLink {
  url: string
  instead: string
  /** `redirect`: it costs one. `index`: it names `index.html`. `fallback`: only the fallback answers it. */
  why: 'redirect' | 'index' | 'fallback'
  referrers: string[]
}

export interface LinkReport {
  /** How many links there are, each once for each file that it is in. */
  links: number
  /** The most linked first. */
  broken: BrokenLink[]
  redirected: RedirectedLink[]
  /** Keys of the pages that no other page links to. */
  unlinked: string[]
  /** For each target of the table, the key of the file that answers it, if one does. */
  answers: (string | undefined)[]
}

/** What is known of one target. */
interface Verdict {
  /** The file that it leads to in the end. */
  key: string | undefined
  /** Redirects and pages on the way. */
  passes: readonly string[]
  broken?: Omit<BrokenLink, 'referrers'>
  redirected?: Omit<RedirectedLink, 'referrers'>
}

/** Redirects that are followed, as browsers do. */
const maxRedirects = 20

/** Looks up every link of a site. */
export function auditLinks(table: LinkTable, site: AuditedSite): LinkReport {
  const judge = createJudge(table, site)
  const verdicts = table.targets.map(judge)
  const answers = verdicts.map(({ passes }) => passes[0])
  const report: LinkReport = { links: 0, broken: [], redirected: [], unlinked: [], answers }
  const broken = new Map<string, BrokenLink>()
  const redirected = new Map<string, RedirectedLink>()
  const linked = new Set<string>()
  table.eachLink((from, target, leadsVisitors) => {
    report.links++
    const verdict = verdicts[target]!
    const source = table.keys[from]!
    if (verdict.broken) addReferrer(broken, verdict.broken, source)
    // A redirect leads visitors on, who come from a page that links to it. Chains of redirects are told elsewhere.
    if (site.redirectOf(source) !== undefined) return
    if (verdict.redirected) addReferrer(redirected, verdict.redirected, source)
    if (!leadsVisitors) return
    for (const key of verdict.passes) if (key !== source) linked.add(key)
  })
  report.broken = inOrder(broken)
  report.redirected = inOrder(redirected)
  // Where no page links to another, the links are made in the browser.
  if (linked.size > 0) {
    report.unlinked = [...site.findable].filter((key) => !linked.has(key))
  }
  return report
}

/** The files that link to each of these keys. */
export function referrersOf(
  table: LinkTable,
  keys: ReadonlySet<string>,
  site: Pick<AuditedSite, 'base' | 'layout' | 'cleanUrls' | 'has' | 'redirectOf'>,
): Map<string, string[]> {
  const found = new Map<string, string[]>()
  const ends = table.targets.map(
    (url) => answerTo(split(url).path, { ...site, has: (key) => keys.has(key) })?.key,
  )
  table.eachLink((from, target) => {
    const key = ends[target]
    if (key === undefined) return
    const source = table.keys[from]!
    const referrers = found.get(key)
    if (!referrers) found.set(key, [source])
    else if (referrers.at(-1) !== source) referrers.push(source)
  })
  return found
}

/** The paths that links lead visitors to, each once. */
export function linkedPaths(table: LinkTable): string[] {
  const paths = new Set<string>()
  table.eachLink((_, target, leadsVisitors) => {
    const { path } = split(table.targets[target]!)
    if (leadsVisitors && path !== '') paths.add(path)
  })
  return [...paths]
}

/** Adds a referrer to the group of a URL: `/gone/` and `/gone/#team` lack the same page. */
function addReferrer<T extends { url: string }>(
  groups: Map<string, T & { referrers: string[] }>,
  finding: T,
  source: string,
): void {
  const group = groups.get(finding.url)
  if (!group) groups.set(finding.url, { ...finding, referrers: [source] })
  // All links of a file follow each other.
  else if (group.referrers.at(-1) !== source) group.referrers.push(source)
}

/** The most linked URLs first. Sorted, because the order in which pages are rendered changes from build to build. */
function inOrder<T extends { url: string; referrers: string[] }>(groups: ReadonlyMap<string, T>): T[] {
  return [...groups.values()].sort(
    (a, b) => b.referrers.length - a.referrers.length || compareKeys(a.url, b.url),
  )
}

/** A URL in two parts. The fragment has no `#`. */
function split(url: string): { path: string; fragment: string } {
  const hash = url.indexOf('#')
  return hash < 0 ? { path: url, fragment: '' } : { path: url.slice(0, hash), fragment: url.slice(hash + 1) }
}

/** Makes a function that tells what is known of a target. */
function createJudge(table: LinkTable, site: AuditedSite): (url: string) => Verdict {
  let guess: ReturnType<typeof createGuess> | undefined
  const ids = new Map<string, ReadonlySet<string> | undefined>()

  return (url) => {
    const { path, fragment } = split(url)
    // The page's reader has found that it has no such id.
    if (path === '') return { key: undefined, passes: [], broken: wrongFragment(url) }
    const answer = answerTo(path, site)
    if (!answer) return { key: undefined, passes: [], ...missing(url, path) }
    const { key, passes, to } = follow(answer, fragment)
    const redirected = detour(url, path, answer, to)
    const broken =
      key !== undefined && to.fragment !== '' ? fragmentProblem(key, to.fragment, url) : undefined
    return { key, passes, broken, redirected }
  }

  function wrongFragment(url: string): Verdict['broken'] {
    const { fragments: level } = site
    return level && !site.isIgnored(url) ? { url, problem: 'fragment', level } : undefined
  }

  function fragmentProblem(key: string, fragment: string, url: string): Verdict['broken'] {
    if (!ids.has(key)) {
      const position = table.positionOf(key)
      ids.set(key, position === undefined ? site.idsOf(key) : table.idsOf(position))
    }
    const known = ids.get(key)
    return known && !names(fragment, known) ? wrongFragment(url) : undefined
  }

  function missing(url: string, path: string): Pick<Verdict, 'broken' | 'redirected'> {
    const level = site.missing
    if (!level || site.isServed(path) || site.isIgnored(url)) return {}
    guess ??= createGuess(site.keys(), site)
    const meant = guess(path)
    // Below the host's root and beside the site, something else may answer.
    if (!path.startsWith(site.base) && meant === undefined) return {}
    const app = site.askApp(path)
    if (site.fallback && !app && !/\.\w+$/.test(path))
      return { redirected: { url: path, instead: path, why: 'fallback' } }
    return { broken: { url: path, problem: 'missing', level, app, meant } }
  }

  /** Follows redirects to the file at their end. */
  function follow(
    answer: Answer,
    fragment: string,
  ): { key: string | undefined; passes: string[]; to: { path: string; fragment: string } } {
    const passes = [answer.key]
    let to = { path: '', fragment }
    for (;;) {
      const next = site.redirectOf(passes.at(-1)!)
      if (next === undefined) return { key: passes.at(-1), passes, to }
      const { path, fragment: own } = split(next)
      // A redirect without a fragment keeps the one of the link.
      to = { path, fragment: own === '' ? to.fragment : own }
      const found = next.startsWith('/') ? answerTo(path, site) : undefined
      // What is missing there is told of the redirect itself.
      if (!found || passes.length > maxRedirects) return { key: undefined, passes, to }
      passes.push(found.key)
    }
  }

  function detour(
    url: string,
    path: string,
    { instead }: Answer,
    to: { path: string },
  ): Verdict['redirected'] {
    if (site.isIgnored(url)) return undefined
    if (to.path !== '') return { url: path, instead: to.path, why: 'redirect' }
    if (instead === undefined) return undefined
    return { url: path, instead, why: path.endsWith('/index.html') ? 'index' : 'redirect' }
  }
}
