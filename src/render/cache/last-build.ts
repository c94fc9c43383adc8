import type { ResolvedOptions } from '../../options.ts'
import type { LastSite } from '../site/commit.ts'
import { type Fingerprint, changedParts } from './fingerprint.ts'
import { matcherOf } from '../../page-globs.ts'
import type { WriterThread } from '../site/writer-thread.ts'
import { checkFiles } from './keep.ts'
import { type LastRecord, readRecord } from './record.ts'

/** What pages can be kept by. */
export interface LastBuild {
  record: LastRecord | undefined
  /** Of each page of the record, whether its file is what the last build wrote. */
  intact: Uint8Array
  /** Why there is nothing to go by although there was a build: `the server bundle changed`. */
  why?: string
  /** Whether only a new commit or time changed all pages. */
  onlyTagChanged?: boolean
}

const nothing: LastBuild = { record: undefined, intact: new Uint8Array() }

export interface LastBuildInput {
  options: ResolvedOptions
  last: LastSite
  /** Undefined without the option `cache`. */
  fingerprint: Fingerprint | undefined
  writer: WriterThread
  /** The globs of `--only`. */
  only: readonly string[] | undefined
}

/** Reads what the last build left, unless something changed that every page may depend on. */
export async function readLastBuild(input: LastBuildInput): Promise<LastBuild> {
  const { options, last, fingerprint, writer, only } = input
  const { header, builtAt, damaged } = last
  if (!fingerprint || !header) return nothing
  if (damaged) return { ...nothing, why: 'the manifest of the last build is damaged' }
  const record = await readRecord(options.cacheFile, builtAt!, options.addresses)
  if (!record) return { ...nothing, why: 'the last build left no record of its pages' }
  const changed = changedParts(record.fingerprint, fingerprint)
  if (changed.length === 0) return { record, intact: await checkFiles(record, writer, matcherOf(only)) }
  return {
    ...nothing,
    why: `${changed.join(' and ')} changed`,
    onlyTagChanged: changedParts({ ...record.fingerprint, tags: fingerprint.tags }, fingerprint).length === 0,
  }
}

/** Says how a new commit can leave pages as they are. */
export const tagNotice = ({ onlyTagChanged }: LastBuild, { cdn }: ResolvedOptions): string[] =>
  onlyTagChanged && cdn.tag !== 'content'
    ? [
        "all pages were rendered, because the cache-busting tag is new; with `cdn: { tag: 'content' }` it changes only with the files that have it",
      ]
    : []
