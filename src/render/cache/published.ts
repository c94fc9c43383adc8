import { join } from 'node:path'
import { DistillError } from '../../errors.ts'
import { isObject } from '../../manifest-line.ts'
import type { RemotePages } from '../../manifest.ts'
import type { ResolvedOptions } from '../../options.ts'
import { SealedLines } from '../../sealed-lines.ts'
import { type Fingerprint, changedParts } from './fingerprint.ts'
import { findings } from './keep.ts'
import { type LastRecord, type PageRecord, readHeader, readPages } from './record.ts'

/** What a target records of the pages of the site that it holds. */
interface PublishedPages {
  /** Another publish makes it another. */
  run: string
  /** The first line of the build's record. */
  build: string
  /** Each page's line of the record, and why a publish would upload the page again. */
  pages(): AsyncIterable<{ page: string; problem: 'lost' | 'stored' | undefined }>
  close(): void
}

/** The target of the option `cache.from`. */
export interface PublishedSite {
  target: string
  /** Undefined if the target records nothing. Rejects with a `DistillError` if it cannot be read. */
  open(): Promise<PublishedPages | undefined>
}

/** The pages that need not be rendered because a target has them. */
export interface PublishedBuild {
  record: LastRecord | undefined
  /** For each page of the record, a {@link findings}. */
  findings: Uint8Array
  remote?: Omit<RemotePages, 'pages'>
  /** What differs from the build that was published, in words that go before “changed”. */
  changed?: readonly string[]
  /** Why no page is kept. */
  why?: string
  /** The target could not be read. */
  warning?: string
}

/**
 * Reads what a target has of the last build. A build never fails for a cache: without the target, all is rendered.
 * @param fingerprint Of this build
 */
export async function readPublished(
  { target, open }: PublishedSite,
  fingerprint: Fingerprint,
  options: ResolvedOptions,
): Promise<PublishedBuild> {
  const nothing = { record: undefined, findings: new Uint8Array() }
  let published: PublishedPages | undefined
  try {
    published = await open()
    if (!published) return { ...nothing, why: `\`${target}\` has no record of the pages that it holds` }
    const { run } = published
    const header = readHeader(published.build, options.addresses)
    const changed = header && changedParts(header.fingerprint, fingerprint)
    if (!changed) return { ...nothing, why: `another version recorded the pages of \`${target}\`` }
    if (changed.length > 0) return { ...nothing, changed, why: `${changed.join(' and ')} changed` }
    const path = join(options.stagingDir, 'published.jsonl')
    const found = await download(published, path)
    async function* pages(): AsyncGenerator<PageRecord, void, undefined> {
      for await (const page of readPages(path, header!)) yield { ...page, remote: true }
    }
    return { record: { fingerprint, pages }, findings: found, remote: { target, run } }
  } catch (error) {
    if (!(error instanceof DistillError)) throw error
    return {
      ...nothing,
      why: `\`${target}\` could not be read`,
      warning: `no page is kept that only \`${target}\` has: ${error.message}`,
    }
  } finally {
    published?.close()
  }
}

/** Whether it is a line of a record. Its second half, that of the manifest, was checked where it was read. */
function isPage(line: string): boolean {
  try {
    const facts: unknown = JSON.parse(line.slice(0, line.indexOf('\t')))
    return !line.includes('\n') && isObject(facts) && typeof facts.url === 'string'
  } catch {
    return false
  }
}

/** Writes the record into a file, so that nothing fails later that needs the network. */
async function download({ pages }: PublishedPages, path: string): Promise<Uint8Array> {
  const lines = new SealedLines(path)
  const found: number[] = []
  try {
    for await (const { page, problem } of pages()) {
      if (!isPage(page)) continue
      lines.add(page)
      found.push(problem ? findings[problem] : findings.intact)
    }
    lines.seal()
  } finally {
    lines.close()
  }
  return Uint8Array.from(found)
}
