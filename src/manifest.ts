import { compareKeys, ownKeys, unsafeKey } from './keys.ts'
import { createReadStream } from 'node:fs'
import { DistillError } from './errors.ts'

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
}

/** One file of the site. Lines are sorted by `key`, in the order of its UTF-8 bytes. */
export interface ManifestFile {
  /** Path under the site's directory, `/`-separated; also the object's name under the target's prefix. */
  key: string
  /** The canonical path, percent-encoded and with `base`: `/blog/about/`. */
  url: string
  kind: 'page' | 'asset' | 'redirect'
  /** True for a client asset whose name carries Vite's content hash: it can be cached for ever. */
  hashed?: true
  /** Bytes. */
  size: number
  /** Hex. */
  md5: string
  /** Hex. */
  sha256: string
  /** The status of the response. */
  status?: number
  /** Lower-case names. Always has `content-type`. */
  headers: Record<string, string>
  /** The location and status of a redirect. */
  redirect?: { to: string; status: number }
  /** The route of a page. */
  route?: string
  params?: Record<string, string>
}

export interface Manifest {
  header: ManifestHeader
  /** Reads the file anew at each call. Throws `MANIFEST_INVALID` if it was cut short or edited. */
  files(): AsyncGenerator<ManifestFile, void, undefined>
}

/** Bytes of a manifest that one read takes. */
const readSize = 1 << 18

/** The counts of a manifest's header. */
export function countFiles(files: Iterable<ManifestFile>): ManifestHeader['counts'] {
  const counts = { pages: 0, assets: 0, redirects: 0, bytes: 0 }
  for (const { kind, size } of files) {
    counts[`${kind}s`]++
    counts.bytes += size
  }
  return counts
}

/** The lines of a manifest. `files` must be sorted with {@link compareKeys}. */
export function* manifestLines(
  header: ManifestHeader,
  files: Iterable<ManifestFile>,
): Generator<string, void, undefined> {
  yield `${JSON.stringify(header)}\n`
  for (const file of files) yield `${JSON.stringify(file)}\n`
}

/**
 * Opens the manifest of a site.
 * @param copy What is read; errors name `path`
 * @throws {DistillError} `NOT_BUILT` if there is none, `MANIFEST_INVALID` if this version cannot read it
 */
export async function readManifest(path: string, copy = path): Promise<Manifest> {
  const header = await readHeader(path, copy)
  return { header, files: () => readFiles(path, copy, header) }
}

async function readHeader(path: string, copy: string): Promise<ManifestHeader> {
  for await (const [line = ''] of readLines(copy)) {
    const header = parse(line, path) as Partial<ManifestHeader> | null
    if (header?.version !== 1) {
      throw invalid(
        path,
        `its version is ${JSON.stringify(header?.version)} and this vite-distill reads version 1`,
      )
    }
    if (typeof header.siteId !== 'string' || header.siteId === '') throw invalid(path, 'it has no `siteId`')
    if (typeof header.base !== 'string') throw invalid(path, 'it has no `base`')
    if (Number.isNaN(Date.parse(String(header.createdAt)))) throw invalid(path, 'it has no `createdAt`')
    const { pages, assets, redirects } = header.counts ?? {}
    if (![pages, assets, redirects].every(isCount)) throw invalid(path, 'it has no `counts`')
    return header as ManifestHeader
  }
  throw invalid(path, 'it is empty')
}

async function* readFiles(
  path: string,
  copy: string,
  { counts }: ManifestHeader,
): AsyncGenerator<ManifestFile, void, undefined> {
  let previous: string | undefined
  let seen = 0
  for await (const lines of readLines(copy)) {
    for (const line of lines) {
      if (seen++ === 0) continue
      const file = parse(line, path)
      assertFile(file, (why) => invalid(path, `line ${seen} ${why}`))
      if (previous !== undefined && compareKeys(previous, file.key) >= 0) {
        throw invalid(path, `\`${file.key}\` is out of order`)
      }
      previous = file.key
      yield file
    }
  }
  const expected = counts.pages + counts.assets + counts.redirects
  if (seen - 1 !== expected) throw invalid(path, `it should list ${expected} files and lists ${seen - 1}`)
}

/** Yields many lines at a time: a promise for each costs more than reading it. */
async function* readLines(path: string): AsyncGenerator<string[], void, undefined> {
  const input = createReadStream(path, { encoding: 'utf8', highWaterMark: readSize })
  let rest = ''
  try {
    for await (const text of input as AsyncIterable<string>) {
      const lines = (rest + text).split('\n')
      rest = lines.pop()!
      if (lines.length > 0) yield lines
    }
    if (rest !== '') yield [rest]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new DistillError('NOT_BUILT', `there is no manifest at \`${path}\``, {
      hint: 'Run `vite build` first: it distils the site and writes the manifest beside it.',
      cause: error,
    })
  } finally {
    input.destroy()
  }
}

const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0
const isText = (value: unknown) => typeof value === 'string' && value !== ''
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const hasDigits = (value: unknown, digits: RegExp) => typeof value === 'string' && digits.test(value)

/** What the values of a line are checked by. All but `status`, `hashed`, `route` and `params` are in each line. */
const valid: Partial<Record<keyof ManifestFile, (value: unknown, file: Record<string, unknown>) => boolean>> =
  {
    key: (value) => typeof value === 'string' && unsafeKey(value) === undefined && !value.startsWith(ownKeys),
    url: isText,
    kind: (value) => value === 'page' || value === 'asset' || value === 'redirect',
    size: isCount,
    md5: (value) => hasDigits(value, /^[0-9a-f]{32}$/),
    sha256: (value) => hasDigits(value, /^[0-9a-f]{64}$/),
    status: (value) => value === undefined || isCount(value),
    headers: (value) => isObject(value) && Object.values(value).every((header) => typeof header === 'string'),
    redirect: (value, { kind }) =>
      value === undefined
        ? kind !== 'redirect'
        : isObject(value) && isText(value.to) && URL.canParse(value.to as string, 'http://site.invalid'),
  }
const checks = Object.entries(valid)

function assertFile(file: unknown, error: (why: string) => Error): asserts file is ManifestFile {
  if (!isObject(file)) throw error('is not an object')
  for (const [name, isValid] of checks)
    if (!isValid(file[name], file)) throw error(`has no valid \`${name}\``)
}

function parse(line: string, path: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw invalid(path, 'a line is not JSON', cause)
  }
}

const invalid = (path: string, why: string, cause?: unknown) =>
  new DistillError('MANIFEST_INVALID', `cannot read the manifest \`${path}\`: ${why}`, {
    hint: 'Run `vite build` again to write a new one.',
    cause,
  })
