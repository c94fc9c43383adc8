import { compareKeys } from './keys.ts'
import { DistillError } from './errors.ts'
import { Journal, journalFile } from './manifest-journal.ts'
import {
  type ManifestFile,
  assertFile,
  invalidManifest,
  isCount,
  isObject,
  parseLine,
} from './manifest-line.ts'
import { findFiles } from './manifest-lookup.ts'
import { readLines } from './read-lines.ts'

export type { ManifestFile } from './manifest-line.ts'

/** The first line of a manifest. */
export interface ManifestHeader {
  version: 1
  /** Which site this is: publishing does not overwrite a target that holds another site. */
  siteId: string
  /** Vite's `base`: URLs start with it, keys do not. */
  base: string
  /** The cache-busting tag of `vite-distill/cdn`, if the site has one. */
  tag?: string
  /** How the option `cdn.html` tagged the URLs in pages, for pages that are rendered later. */
  tagged?: { param: string; origin: string; hosts: readonly string[]; byContent: boolean }
  /** ISO 8601, UTC: when the site was complete. No file was written later. */
  createdAt: string
  counts: { pages: number; assets: number; redirects: number; bytes: number }
  /** Where the files are that were not rendered; undefined if the site has all of its files. */
  remote?: RemotePages
}

/** The pages of a site that only a target has. */
export interface RemotePages {
  /** The name of the target. */
  target: string
  /** The `run` of the target's state when the site was built. */
  run: string
  /** How many they are, redirects of pages among them. */
  pages: number
}

export interface Manifest {
  header: ManifestHeader
  /** The `createdAt` of the build; that of `header` is later where a server wrote pages since. */
  builtAt: string
  /** Reads the file anew at each call. Throws `MANIFEST_INVALID` if it was cut short or edited. */
  files(): AsyncGenerator<ManifestFile, void, undefined>
  /** The same files, many at a time: a promise for each of a hundred thousand takes longer than to read it. */
  batches(): AsyncGenerator<ManifestFile[], void, undefined>
  /** The files of these keys that the site has, by key. Reads a small part of the manifest. */
  find(keys: readonly string[]): Promise<Map<string, ManifestFile>>
}

/**
 * Opens the manifest of a site, with what its journal says was written since the build.
 * @param copy What is read; errors name `path`
 * @throws {DistillError} `NOT_BUILT` if there is none, `MANIFEST_INVALID` if this version cannot read it
 */
export async function readManifest(path: string, copy = path): Promise<Manifest> {
  const header = await readHeader(path, copy)
  const builtAt = header.createdAt
  const built = () => readBatches(path, copy, header)
  const journal = new Journal(journalFile(copy), builtAt).read()
  if (journal.files.size === 0) {
    const find = (keys: readonly string[]) => findFiles(path, copy, keys)
    return { header, builtAt, files: () => filesIn(built()), batches: built, find }
  }
  const counts = { ...header.counts }
  const remote = header.remote && { ...header.remote }
  const count = ({ kind, size, remote: isRemote }: ManifestFile, n: 1 | -1) => {
    counts[`${kind}s`] += n
    counts.bytes += n * size
    if (remote && isRemote) remote.pages += n
  }
  for (const file of (await findFiles(path, copy, journal.files.keys())).values()) count(file, -1)
  for (const file of journal.files.values()) if (file) count(file, 1)
  const batches = () => applyJournal(built(), journal)
  return {
    header: { ...header, createdAt: journal.changedAt!, counts, remote },
    builtAt,
    files: () => filesIn(batches()),
    batches,
    async find(keys) {
      const found = await findFiles(path, copy, keys)
      for (const key of keys) {
        const newer = journal.files.get(key)
        if (newer) found.set(key, newer)
        else if (journal.files.has(key)) found.delete(key)
      }
      return found
    },
  }
}

/** Both are sorted by key; what the journal says of a key wins. */
async function* applyJournal(
  files: AsyncIterable<readonly ManifestFile[]>,
  journal: Journal,
): AsyncGenerator<ManifestFile[], void, undefined> {
  const newer = [...journal.files].sort(([a], [b]) => compareKeys(a, b))
  let next = 0
  for await (const batch of files) {
    const merged: ManifestFile[] = []
    for (const file of batch) {
      for (; next < newer.length && compareKeys(newer[next]![0], file.key) < 0; next++)
        if (newer[next]![1]) merged.push(newer[next]![1]!)
      if (newer[next]?.[0] !== file.key) merged.push(file)
    }
    yield merged
  }
  yield newer.slice(next).flatMap(([, file]) => file ?? [])
}

/**
 * The first line of the manifest, without what was written since the build.
 * @throws {DistillError} as {@link readManifest}
 */
export async function readHeader(path: string, copy = path): Promise<ManifestHeader> {
  for await (const [line = ''] of linesOf(copy)) {
    const header = parseLine(line, path) as Partial<ManifestHeader> | null
    if (header?.version !== 1) {
      throw invalidManifest(
        path,
        `its version is ${JSON.stringify(header?.version)} and this vite-distill reads version 1`,
      )
    }
    if (typeof header.siteId !== 'string' || header.siteId === '')
      throw invalidManifest(path, 'it has no `siteId`')
    if (typeof header.base !== 'string') throw invalidManifest(path, 'it has no `base`')
    if (Number.isNaN(Date.parse(String(header.createdAt))))
      throw invalidManifest(path, 'it has no `createdAt`')
    const { pages, assets, redirects } = header.counts ?? {}
    if (![pages, assets, redirects].every(isCount)) throw invalidManifest(path, 'it has no `counts`')
    if (header.remote !== undefined && !isRemotePages(header.remote))
      throw invalidManifest(path, 'it has no valid `remote`')
    return header as ManifestHeader
  }
  throw invalidManifest(path, 'it is empty')
}

const isRemotePages = (given: unknown): boolean =>
  isObject(given) && typeof given.target === 'string' && typeof given.run === 'string' && isCount(given.pages)

async function* filesIn(
  batches: AsyncIterable<ManifestFile[]>,
): AsyncGenerator<ManifestFile, void, undefined> {
  for await (const files of batches) yield* files
}

async function* readBatches(
  path: string,
  copy: string,
  { counts, remote }: ManifestHeader,
): AsyncGenerator<ManifestFile[], void, undefined> {
  let previous: string | undefined
  let seen = 0
  for await (const lines of linesOf(copy)) {
    const files: ManifestFile[] = []
    for (const line of lines) {
      if (seen++ === 0) continue
      const file = parseLine(line, path)
      assertFile(file, path, `line ${seen}`)
      if (previous !== undefined && compareKeys(previous, file.key) >= 0) {
        throw invalidManifest(path, `\`${file.key}\` is out of order`)
      }
      if (file.remote && !remote)
        throw invalidManifest(path, `\`${file.key}\` is \`remote\`, and nothing says where`)
      previous = file.key
      files.push(file)
    }
    yield files
  }
  const expected = counts.pages + counts.assets + counts.redirects
  if (seen - 1 !== expected)
    throw invalidManifest(path, `it should list ${expected} files and lists ${seen - 1}`)
}

async function* linesOf(path: string): AsyncGenerator<string[], void, undefined> {
  try {
    yield* readLines(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new DistillError('NOT_BUILT', `there is no manifest at \`${path}\``, {
      hint: 'Run `vite build` first: it distils the site and writes the manifest beside it.',
      cause: error,
    })
  }
}
