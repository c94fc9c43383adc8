import type { ManifestFile } from '../../manifest.ts'
import { readLines } from '../../read-lines.ts'
import type { Page } from '../../routes/types.ts'
import type { Rendered } from '../messages.ts'
import { SealedLines, readSeal } from '../../sealed-lines.ts'
import type { Fingerprint } from './fingerprint.ts'

/** What is known of a page besides its line in the manifest. */
interface PageFacts extends Pick<Rendered, 'etag' | 'doctype' | 'noindex' | 'warnings' | 'links'> {
  /** What the app was asked for: the path without `base`. */
  url: string
  cacheKey?: string | undefined
  /** Milliseconds that it took when it was rendered last. Undefined in what an older version recorded. */
  ms?: number | undefined
}

/** All that is known of a page which the next build may keep. */
export interface PageRecord extends PageFacts {
  file: ManifestFile
  /** `file` as the manifest has it: text is copied faster than it is made. */
  line: string
  /** Only a target has its file. */
  remote?: true
}

/** What the next build needs to keep a rendered page; undefined if nothing says when it changes. */
export function recordOf(
  { url, cacheKey }: Page,
  { etag, doctype, noindex, warnings, links, ms }: Rendered,
  file: ManifestFile,
  line: string,
): PageRecord | undefined {
  if (cacheKey === undefined && etag === undefined) return undefined
  return {
    url,
    cacheKey,
    etag,
    doctype,
    noindex,
    warnings,
    links,
    ms: Math.round(100 * ms) / 100,
    file,
    line,
  }
}

/**
 * The first line of the file. One line for each page follows, its {@link PageFacts} and its line of the manifest with a
 * tab between them. The last line names the manifest that the record belongs to, by its `createdAt`.
 */
interface Header {
  version: 1
  fingerprint: Fingerprint
  /** Those of the site when the links of the pages were read. */
  addresses: readonly string[]
}

/** Writes what is known of the pages of a build, in the order in which they are done: `<outDir>.cache.jsonl`. */
export class RecordWriter {
  readonly #lines: SealedLines

  constructor(path: string, fingerprint: Fingerprint, addresses: readonly string[]) {
    this.#lines = new SealedLines(path)
    this.#lines.add(JSON.stringify({ version: 1, fingerprint, addresses } satisfies Header))
  }

  add({ line, url, cacheKey, etag, doctype, noindex, warnings, links, ms }: PageRecord): void {
    const facts: PageFacts = { url, cacheKey, etag, doctype, noindex, warnings, links, ms }
    this.#lines.add(`${JSON.stringify(facts)}\t${line}`)
  }

  /** Removes the file: the next build renders all pages. */
  discard(): void {
    this.#lines.discard()
  }

  /** @param manifest The `createdAt` of the manifest that is written with it */
  end(manifest: string): void {
    this.#lines.seal({ manifest })
  }

  close(): void {
    this.#lines.close()
  }
}

/** What the last build recorded. */
export interface LastRecord {
  fingerprint: Fingerprint
  pages(): AsyncGenerator<PageRecord, void, undefined>
}

/**
 * Opens the record of the last build.
 * @param manifest The `createdAt` of the manifest that the last build wrote
 * @param addresses Those of the site now. Links that were read with others are left out
 * @returns Undefined if there is none, if it belongs to another manifest, or if it is damaged
 */
export async function readRecord(
  path: string,
  manifest: string,
  addresses: readonly string[],
): Promise<LastRecord | undefined> {
  try {
    if ((await readSeal(path))?.manifest !== manifest) return undefined
    for await (const [first = ''] of readLines(path)) {
      const header = readHeader(first, addresses)
      return header && { fingerprint: header.fingerprint, pages: () => readPages(path, header) }
    }
  } catch {
    // All pages are rendered then, which is always right.
  }
  return undefined
}

/** What the first line of a record says. */
export interface RecordHeader {
  fingerprint: Fingerprint
  /** Whether the links of the pages were read with the addresses that the site has now. */
  withLinks: boolean
}

/** Reads the first line of a record; undefined for one of another version. */
export function readHeader(first: string, addresses: readonly string[]): RecordHeader | undefined {
  const header = JSON.parse(first) as Partial<Header>
  const { version, fingerprint } = header
  if (version !== 1 || !fingerprint) return undefined
  return { fingerprint, withLinks: JSON.stringify(header.addresses) === JSON.stringify(addresses) }
}

/** Reads the pages of a file with the lines of a record. */
export async function* readPages(
  path: string,
  { withLinks }: RecordHeader,
): AsyncGenerator<PageRecord, void, undefined> {
  for await (const lines of readLines(path)) {
    for (const text of lines) {
      // JSON has no tab in it. The first line and the last have none at all.
      const tab = text.indexOf('\t')
      if (tab === -1) continue
      const facts = JSON.parse(text.slice(0, tab)) as PageFacts
      if (!withLinks) delete facts.links
      const line = text.slice(tab + 1)
      yield { ...facts, file: JSON.parse(line) as ManifestFile, line }
    }
  }
}
