import { compareKeys } from '../../keys.ts'
import { createProgress } from '../../progress.ts'
import { AnswerCache } from './answer-cache.ts'
import { askAll } from './ask-all.ts'
import { type Answer, addressOf } from './ask.ts'

/** The addresses of other sites, each with the paths of the files that name it. */
export type ExternalLinks = ReadonlyMap<string, ReadonlySet<string>>

/** An address of another site that does not answer well, as `--json` shows it. */
interface ExternalFinding {
  /** Without fragment, user name and password. */
  url: string
  /** Undefined if there was no answer. */
  status?: number | undefined
  why: string
  /** The paths of all files that name it, with `base`. */
  referrers: string[]
}

/** An address that leads to another one for good. */
interface MovedAddress {
  url: string
  instead: string
  referrers: string[]
}

/** What the addresses of other sites have answered. The most linked first in each list. */
export interface ExternalFacts {
  /** How many addresses there are. */
  addresses: number
  broken: ExternalFinding[]
  /** Whether they are broken is not known: their servers answer browsers alone, or ask to wait. */
  refused: ExternalFinding[]
  moved: MovedAddress[]
}

export interface ExternalOptions {
  /** Keeps the answers of the last day. */
  cacheFile: string
  /** Whether an address, without its fragment, is not to be asked. */
  isIgnored: (address: string) => boolean
  /** Shows no progress. */
  quiet: boolean
  /** Milliseconds that one request may take. Default: 15,000. */
  timeout?: number
  /** Milliseconds that a server may ask to wait. Default: a minute. */
  longestWait?: number
}

/** Those that say nothing of the page: servers refuse programs by them, LinkedIn by 999. */
const refusals = new Set([401, 403, 407, 429, 451, 503, 999])
const permanent = new Set([301, 308])

/** Redirects that are followed, as browsers do. */
const maxRedirects = 20

/** Asks every address of another site once, and reports what it answers. */
export async function checkExternal(
  links: ExternalLinks,
  { cacheFile, isIgnored, quiet, timeout = 15_000, longestWait = 60_000 }: ExternalOptions,
): Promise<ExternalFacts> {
  const { referrers, invalid } = groupByAddress(links)
  for (const found of [referrers, invalid])
    for (const address of found.keys()) if (isIgnored(address)) found.delete(address)
  const cache = new AnswerCache(cacheFile)
  const progress = createProgress({ label: 'Asking', total: referrers.size, quiet })
  const answers = await askAll(referrers.keys(), {
    timeout,
    longestWait,
    isAsked: (address) => /^https?:/.test(address) && !isIgnored(address),
    cache,
    onAnswer: (address) => referrers.has(address) && progress.tick(),
  }).finally(() => progress.done())
  cache.write()

  const facts: ExternalFacts = {
    addresses: referrers.size + invalid.size,
    broken: [],
    refused: [],
    moved: [],
  }
  for (const [url, from] of invalid)
    facts.broken.push({ url, why: 'it is no valid address', referrers: sorted(from) })
  for (const [url, from] of referrers) {
    const { end, instead, isCircle } = follow(url, answers)
    const why = isCircle ? 'its redirects do not end' : reasonOf(end.answer)
    if (why !== undefined) {
      const { status } = end.answer
      const found = {
        url,
        status,
        why: end.address === url ? why : `${why}, at \`${end.address}\``,
        referrers: sorted(from),
      }
      ;(refusals.has(status ?? 0) ? facts.refused : facts.broken).push(found)
    } else if (instead !== undefined) facts.moved.push({ url, instead, referrers: sorted(from) })
  }
  for (const list of [facts.broken, facts.refused, facts.moved]) list.sort(mostLinkedFirst)
  return facts
}

/** Groups the URLs by what is asked: their fragments do not count. */
function groupByAddress(links: ExternalLinks) {
  const referrers = new Map<string, Set<string>>()
  const invalid = new Map<string, ReadonlySet<string>>()
  for (const [url, from] of links) {
    const address = addressOf(url)
    if (address === undefined) invalid.set(url, from)
    else referrers.set(address, new Set([...(referrers.get(address) ?? []), ...from]))
  }
  return { referrers, invalid }
}

/** Follows redirects to their end. */
function follow(url: string, answers: ReadonlyMap<string, Answer>) {
  let address = url
  /** Where the redirects lead that are permanent, as far as no other comes before. */
  let instead: string | undefined
  let isPermanent = true
  for (let redirects = 0; ; redirects++) {
    const answer = answers.get(address)
    const location = answer?.location
    // What is ignored, and what is of the site itself, is not asked.
    if (answer === undefined || location === undefined)
      return { end: { address, answer: answer ?? { status: 200 } }, instead, isCircle: false }
    if (redirects === maxRedirects) return { end: { address: url, answer }, instead, isCircle: true }
    isPermanent &&= permanent.has(answer.status ?? 0)
    if (isPermanent) instead = location
    address = location
  }
}

/** Why an answer is no good one. */
function reasonOf({ status, error }: Answer): string | undefined {
  if (status === undefined) return error
  return status >= 400 ? `status ${status}` : undefined
}

const sorted = (paths: Iterable<string>) => [...paths].sort(compareKeys)

const mostLinkedFirst = (a: { url: string; referrers: string[] }, b: { url: string; referrers: string[] }) =>
  b.referrers.length - a.referrers.length || compareKeys(a.url, b.url)
