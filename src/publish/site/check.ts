import { statSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { DistillError, messageOf } from '../../errors.ts'
import { sha256OfFile } from './digest.ts'
import type { BuiltFile, Site } from './site.ts'

/** The resolution of a file system's clock, in milliseconds: a file may be dated this much before it was written. */
const coarseClock = 20

/**
 * Checks that the site on disk is the one that its manifest lists: the size and date of every file, and the
 * content of every file that was written after the build. Files that the manifest does not list are ignored, and
 * pages that only a target has are not here.
 * @returns `robots`: how many pages have the header `x-robots-tag`, which no storage serves
 * @throws {DistillError} `SITE_CHANGED`, naming the files
 */
export async function checkSite(site: Site): Promise<{ robots: number }> {
  const { directory, files } = site
  const trusted = trustedUntil(site)
  const changed: string[] = []
  let robots = 0
  for await (const batch of files()) {
    for (const file of batch) {
      const difference = file.remote
        ? undefined
        : await differenceOf(join(directory, file.key), file, trusted)
      if (difference) changed.push(`\`${file.key}\` ${difference}`)
      if (file.headers['x-robots-tag'] !== undefined) robots++
    }
  }
  if (changed.length > 0) throw siteChanged(directory, changed)
  return { robots }
}

/** A file with an earlier date, in milliseconds since 1970, was written by the build. */
export const trustedUntil = ({ builtAt }: Site): number => Date.parse(builtAt) - coarseClock

/** The error for files that are not the ones that were built. `changed` says which and how, in Markdown. */
export function siteChanged(directory: string, changed: readonly string[]): DistillError {
  const files = changed.length === 1 ? 'a file' : `${changed.length} files`
  const more = changed.length > 10 ? [`and ${changed.length - 10} more`] : []
  return new DistillError(
    'SITE_CHANGED',
    `${files} in \`${directory}\` changed since the build: ${[...changed.slice(0, 10), ...more].join(', ')}`,
    {
      hint: 'What is published must be what was built and checked. If a build has just ended, publish again. Otherwise change the source, run `vite build` again, then publish.',
    },
  )
}

/**
 * How a file differs from its manifest line; `undefined` where it does not.
 * @param trusted Files with an earlier date are not read
 */
export async function differenceOf(
  path: string,
  file: Pick<BuiltFile, 'size' | 'sha256'>,
  trusted: number,
): Promise<string | undefined> {
  const stats = statsOf(path)
  if (!stats?.isFile()) return 'is missing'
  if (stats.size !== file.size) return 'has another size'
  if (stats.mtimeMs < trusted) return undefined
  try {
    return (await sha256OfFile(path, file.size)) === file.sha256 ? undefined : 'has another content'
  } catch (error) {
    return `cannot be read (${messageOf(error)})`
  }
}

/** Synchronous: a local `stat` takes microseconds, and awaiting it ten times as long. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}
