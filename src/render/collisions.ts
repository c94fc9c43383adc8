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
  refuseSameFiles<SiteSource>([assets, list.pages, redirects, generated], {
    describe: (source) => describe(source, list),
    hint: 'Give one of the two another URL, or another file with `distillFile`.',
  })
}

/**
 * The same for any sources, each with the key of the file that it would write.
 * @throws {DistillError} `COLLISION`, naming both sources of each
 */
export function refuseSameFiles<Source extends { key: string }>(
  groups: readonly Iterable<Source>[],
  { describe, hint }: { describe: (source: Source) => string; hint: string },
): void {
  const files = new Map<string, Source>()
  const problems = new Set<string>()
  const sameFile = (a: Source, b: Source) => describeSameFile([a.key, describe(a)], [b.key, describe(b)])
  for (const sources of groups) {
    for (const source of sources) {
      const name = foldKey(source.key)
      const other = files.get(name)
      if (other) problems.add(sameFile(other, source))
      else files.set(name, source)
    }
  }
  for (const [name, source] of files) {
    for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
      const file = files.get(name.slice(0, slash))
      if (!file) continue
      const folder = `a folder (of \`${source.key}\`, ${describe(source)})`
      problems.add(`\`${file.key}\` would be a file (${describe(file)}) and ${folder}`)
    }
  }
  if (problems.size === 0) return
  throw new DistillError('COLLISION', listProblems('files of the site collide:', [...problems]), { hint })
}

/** Most keys need no folding: they are returned as they are, since a copy of each of a million would cost memory. */
export const foldKey = (key: string) =>
  /[A-Z\x80-\uffff]/.test(key) ? key.normalize('NFC').toLowerCase() : key

function describeSameFile(
  [a, first]: readonly [string, string],
  [b, second]: readonly [string, string],
): string {
  if (a === b) return `\`${a}\` would be written by ${first} and by ${second}`
  return `\`${a}\` (${first}) and \`${b}\` (${second}) are one file where case or Unicode form does not count, as on macOS and Windows`
}

function describe(source: SiteSource, { routes }: PageList): string {
  if ('url' in source) return `page \`${source.url}\` of route \`${routes[source.route]!.route}\``
  if ('to' in source) return `redirect \`${source.from}\` of the options`
  if ('hashed' in source) return `the client's file \`${source.key}\``
  return `the option \`${source.option}\``
}
