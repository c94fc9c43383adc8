import { DistillError } from '../errors.ts'
import type { Asset, Plan } from './messages.ts'
import type { PlannedRedirect } from './redirects.ts'

/** A file that something wants to be in the site, with the words that name its source: "page `/about` of route `/about`". */
export interface Claim {
  key: string
  source: () => string
}

/**
 * Refuses a site in which two sources claim one file, or a file and a folder one name: exactly, or on file
 * systems that fold case or normalise Unicode.
 * @throws {DistillError} `COLLISION`, naming both sources of each
 */
export function refuseCollisions(claims: Iterable<Claim>): void {
  const files = new Map<string, Claim>()
  const problems: string[] = []
  for (const claim of claims) {
    const name = fold(claim.key)
    const other = files.get(name)
    if (other) problems.push(describe(claim, other))
    else files.set(name, claim)
  }
  const folders = new Set<string>()
  for (const [name, claim] of files) {
    for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
      const folder = name.slice(0, slash)
      if (folders.has(folder)) break
      folders.add(folder)
      const other = files.get(folder)
      if (other)
        problems.push(
          `\`${other.key}\` would be a file (${other.source()}) and a folder (of \`${claim.key}\`, ${claim.source()})`,
        )
    }
  }
  if (problems.length === 0) return
  throw new DistillError(
    'COLLISION',
    `files of the site collide:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    {
      hint: 'Give one of the two another URL, or another file with `distillFile`.',
    },
  )
}

const fold = (key: string) => key.normalize('NFC').toLowerCase()

function describe(a: Claim, b: Claim): string {
  if (a.key === b.key) return `\`${a.key}\` would be written by ${b.source()} and by ${a.source()}`
  return `\`${b.key}\` (${b.source()}) and \`${a.key}\` (${a.source()}) are one file where case or Unicode form does not count, as on macOS and Windows`
}

/** Every file that the site would have. */
export function* claims(site: {
  plan: Plan
  assets: readonly Asset[]
  redirects: readonly PlannedRedirect[]
  sitemap: boolean
}): Generator<Claim, void, undefined> {
  const { plan, assets, redirects, sitemap } = site
  for (const { key } of assets) yield { key, source: () => `the client's file \`${key}\`` }
  for (const { key, url, route } of plan.pages) {
    yield { key, source: () => `page \`${url}\` of route \`${plan.routes[route]!.route}\`` }
  }
  for (const { key, from } of redirects) yield { key, source: () => `redirect \`${from}\` of the options` }
  if (sitemap) yield { key: 'sitemap.xml', source: () => 'the option `sitemap`' }
}
