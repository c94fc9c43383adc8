import type { Page, PageList } from '../routes/types.ts'
import { DistillError } from '../errors.ts'
import type { Asset } from './messages.ts'
import type { PlannedRedirect } from './redirects.ts'

/** Every file that the site would have. */
export interface Claims {
  plan: PageList
  assets: readonly Asset[]
  redirects: readonly PlannedRedirect[]
  sitemap: boolean
}

type Claim = Page | Asset | PlannedRedirect | { key: string }

/**
 * Refuses a site in which two sources claim one file, or a file and a folder one name: exactly, or on file
 * systems that fold case or normalise Unicode.
 * @throws {DistillError} `COLLISION`, naming both sources of each
 */
export function refuseCollisions({ plan, assets, redirects, sitemap }: Claims): void {
  const files = new Map<string, Claim>()
  const problems: string[] = []
  for (const claims of [assets, plan.pages, redirects, sitemap ? [{ key: 'sitemap.xml' }] : []] as const) {
    for (const claim of claims) {
      const name = fold(claim.key)
      const other = files.get(name)
      if (other) problems.push(describe(claim, other, plan))
      else files.set(name, claim)
    }
  }
  for (const [name, claim] of files) {
    for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
      const file = files.get(name.slice(0, slash))
      if (!file) continue
      const folder = `a folder (of \`${claim.key}\`, ${sourceOf(claim, plan)})`
      problems.push(`\`${file.key}\` would be a file (${sourceOf(file, plan)}) and ${folder}`)
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

/** A key in which nothing can be folded is itself, and not a copy: there may be a million. */
const fold = (key: string) => (/[A-Z\x80-\uffff]/.test(key) ? key.normalize('NFC').toLowerCase() : key)

function describe(a: Claim, b: Claim, plan: PageList): string {
  const [first, second] = [sourceOf(b, plan), sourceOf(a, plan)]
  if (a.key === b.key) return `\`${a.key}\` would be written by ${first} and by ${second}`
  return `\`${b.key}\` (${first}) and \`${a.key}\` (${second}) are one file where case or Unicode form does not count, as on macOS and Windows`
}

function sourceOf(claim: Claim, { routes }: PageList): string {
  if ('url' in claim) return `page \`${claim.url}\` of route \`${routes[claim.route]!.route}\``
  if ('from' in claim && 'to' in claim) return `redirect \`${claim.from}\` of the options`
  if ('hashed' in claim) return `the client's file \`${claim.key}\``
  return 'the option `sitemap`'
}
