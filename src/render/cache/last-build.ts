import type { ResolvedOptions } from '../../options.ts'
import type { LastSite } from '../site/commit.ts'
import type { RemotePages } from '../../manifest.ts'
import { matcherOf } from '../../page-globs.ts'
import { type Fingerprint, changedParts, parts } from './fingerprint.ts'
import type { WriterThread } from '../site/writer-thread.ts'
import { checkFiles } from './keep.ts'
import { type PublishedSite, readPublished } from './published.ts'
import { type LastRecord, readRecord } from './record.ts'

/** What pages can be kept by. */
export interface LastBuild {
  record: LastRecord | undefined
  /** For each page of the record, what became of its file. */
  findings: Uint8Array
  /** The target that has the files of some pages. */
  remote?: Omit<RemotePages, 'pages'> | undefined
  /** Why there is nothing to go by although there was a build: `the server bundle changed`. */
  why?: string | undefined
  /** Whether only a new commit or time changed all pages. */
  onlyTagChanged?: boolean
  notices?: string[]
  warnings?: string[]
}

const nothing: LastBuild = { record: undefined, findings: new Uint8Array() }

export interface LastBuildInput {
  options: ResolvedOptions
  last: LastSite
  /** Undefined without the option `cache`. */
  fingerprint: Fingerprint | undefined
  writer: WriterThread
  /** The globs of `--only`. */
  only: readonly string[] | undefined
  /** What has the pages that are not here. Default: nothing. */
  published?: PublishedSite | undefined
}

/**
 * Reads what the last build left, unless something changed that every page may depend on. If it left nothing here, or
 * a site that lacks pages, the target is asked for what it has.
 */
export async function readLastBuild(input: LastBuildInput): Promise<LastBuild> {
  const { options, last, fingerprint, published } = input
  const here = await readHere(input)
  if (!published || !fingerprint || last.damaged || (last.header && !last.header.remote)) return here
  const there = await readPublished(published, fingerprint, options)
  const { why, remote } = there
  const found = {
    findings: Buffer.concat([here.findings, there.findings]),
    remote,
    warnings: there.warning === undefined ? [] : [there.warning],
  }
  if (there.record && here.record) return { ...found, record: joined(here.record, there.record) }
  if (there.record) return { ...found, record: there.record }
  if (here.record) {
    const notice = `the pages that only \`${published.target}\` had were rendered: ${why}`
    return { ...found, record: here.record, notices: found.warnings.length > 0 ? [] : [notice] }
  }
  return { ...found, record: undefined, why, onlyTagChanged: isOnlyTag(there.changed ?? []) }
}

const joined = (a: LastRecord, b: LastRecord): LastRecord => ({
  fingerprint: a.fingerprint,
  async *pages() {
    yield* a.pages()
    yield* b.pages()
  },
})

const isOnlyTag = (changed: readonly string[]): boolean => changed.length === 1 && changed[0] === parts.tags

/** Reads what the last build left here. */
async function readHere(input: LastBuildInput): Promise<LastBuild> {
  const { options, last, fingerprint, writer, only } = input
  const { header, builtAt, damaged } = last
  if (!fingerprint || !header) return nothing
  if (damaged) return { ...nothing, why: 'the manifest of the last build is damaged' }
  const record = await readRecord(options.cacheFile, builtAt!, options.addresses)
  if (!record) return { ...nothing, why: 'the last build left no record of its pages' }
  const changed = changedParts(record.fingerprint, fingerprint)
  if (changed.length === 0) return { record, findings: await checkFiles(record, writer, matcherOf(only)) }
  return {
    ...nothing,
    why: `${changed.join(' and ')} changed`,
    onlyTagChanged: isOnlyTag(changed),
  }
}

/** Says how a new commit can leave pages as they are. */
export const tagNotice = ({ onlyTagChanged }: LastBuild, { cdn }: ResolvedOptions): string[] =>
  onlyTagChanged && cdn.tag !== 'content'
    ? [
        "all pages were rendered, because the cache-busting tag is new; with `cdn: { tag: 'content' }` it changes only with the files that have it",
      ]
    : []
