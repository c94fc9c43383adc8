import type { Page, PageList } from '../routes/types.ts'
import { DistillError, listProblems } from '../errors.ts'
import type { Asset } from './messages.ts'
import type { ResolvedRedirect } from './redirects.ts'

/** Every file that the site would have. */
export interface SiteSources {
  list: PageList
  assets: readonly Asset[]
  redirects: readonly ResolvedRedirect[]
  /** Files of options that have one file each. */
  generated: readonly { key: string; option: string }[]
}

type SiteSource = Page | Asset | ResolvedRedirect | SiteSources['generated'][number]

/**
 * Refuses a site in which two sources would write the same file, or one needs a folder where another has a file.
 * Names that differ only in case or in Unicode form count as the same, because some file systems fold them.
 * @throws {DistillError} `COLLISION`, naming both sources of each
 */
export function refuseCollisions({ list, assets, redirects, generated }: SiteSources): void {
  const files = new Map<string, SiteSource>()
  const problems = new Set<string>()
  for (const sources of [assets, list.pages, redirects, generated] as const) {
    for (const source of sources) {
      const name = foldKey(source.key)
      const other = files.get(name)
      if (other) problems.add(describeSameFile(other, source, list))
      else files.set(name, source)
    }
  }
  for (const [name, source] of files) {
    for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
      const file = files.get(name.slice(0, slash))
      if (!file) continue
      const folder = `a folder (of \`${source.key}\`, ${describe(source, list)})`
      problems.add(`\`${file.key}\` would be a file (${describe(file, list)}) and ${folder}`)
    }
  }
  if (problems.size === 0) return
  throw new DistillError('COLLISION', listProblems('files of the site collide:', [...problems]), {
    hint: 'Give one of the two another URL, or another file with `distillFile`.',
  })
}

/** Most keys need no folding: they are returned as they are, since a copy of each of a million would cost memory. */
export const foldKey = (key: string) =>
  /[A-Z\x80-\uffff]/.test(key) ? key.normalize('NFC').toLowerCase() : key

function describeSameFile(a: SiteSource, b: SiteSource, list: PageList): string {
  const [first, second] = [describe(a, list), describe(b, list)]
  if (a.key === b.key) return `\`${a.key}\` would be written by ${first} and by ${second}`
  return `\`${a.key}\` (${first}) and \`${b.key}\` (${second}) are one file where case or Unicode form does not count, as on macOS and Windows`
}

function describe(source: SiteSource, { routes }: PageList): string {
  if ('url' in source) return `page \`${source.url}\` of route \`${routes[source.route]!.route}\``
  if ('to' in source) return `redirect \`${source.from}\` of the options`
  if ('hashed' in source) return `the client's file \`${source.key}\``
  return `the option \`${source.option}\``
}
