import { linkSync, lstatSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { differenceOf, siteChanged, trustedUntil } from './check.ts'
import type { DesiredObject } from './objects.ts'
import { lostPagesError } from './remote.ts'
import type { Site } from './site.ts'

/** The path of the content of a file that was taken. */
export type PathOf = (file: DesiredObject) => string

/** After so many files, other work gets its turn: a lock has to be renewed. */
const batch = 1000

/**
 * Takes the files that a publish may upload: each gets a hard link in the private folder of the publish, named by
 * its SHA-256, and is checked once more. A build replaces files by new ones, so the links keep the content that was
 * checked. An editor that writes into a file changes the link's content too, which is noticed when it is uploaded.
 * Where the disk has no hard links, the files are read where they are.
 * @throws {DistillError} `SITE_CHANGED`, naming the files; `SITE_REMOTE` for a page that is not here
 */
export async function takeFiles(site: Site, files: readonly DesiredObject[]): Promise<PathOf> {
  const original: PathOf = (file) => join(site.directory, file.from ?? file.key)
  // Encoded, so that a damaged manifest cannot lead out of the folder.
  const taken: PathOf = (file) => join(site.privateFolder, encodeURIComponent(file.sha256))
  const trusted = trustedUntil(site)
  const changed: string[] = []
  let pathOf = taken
  for (const [i, file] of files.entries()) {
    if (i % batch === batch - 1) await setImmediate()
    if (file.remote) throw lostPagesError([file.key], 'so that it cannot be uploaded')
    if (pathOf === taken && !link(original(file), taken(file))) pathOf = original
    const difference = await differenceOf(pathOf(file), file, trusted)
    if (difference) changed.push(`\`${file.key}\` ${difference}`)
  }
  if (changed.length > 0) throw siteChanged(site.directory, changed)
  return pathOf
}

/** Makes a hard link. Returns false where that is impossible; a file that is missing is none of these cases. */
function link(path: string, to: string): boolean {
  try {
    // A link to a relative symbolic link would lead elsewhere.
    if (lstatSync(path).isSymbolicLink()) return false
    linkSync(path, to)
    return true
  } catch (error) {
    // Another file has the same content, or this one is missing.
    return ['EEXIST', 'ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
  }
}
