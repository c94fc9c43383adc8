import type { ResolvedOptions } from '../../options.ts'
import type { LastSite } from '../site/commit.ts'
import { type Fingerprint, changedParts } from './fingerprint.ts'
import { type LastRecord, readRecord } from './record.ts'

/** What pages can be kept by. */
export interface LastBuild {
  record?: LastRecord
  /** Why there is nothing to go by although there was a build: `the server bundle changed`. */
  why?: string
  /** Whether only a new commit or time changed all pages. */
  onlyTagChanged?: boolean
}

/** Reads what the last build left, unless something changed that every page may depend on. */
export async function readLastBuild(
  { cacheFile, addresses }: ResolvedOptions,
  { header, builtAt, damaged }: LastSite,
  fingerprint: Fingerprint | undefined,
): Promise<LastBuild> {
  if (!fingerprint || !header) return {}
  if (damaged) return { why: 'the manifest of the last build is damaged' }
  const record = await readRecord(cacheFile, builtAt!, addresses)
  if (!record) return { why: 'the last build left no record of its pages' }
  const changed = changedParts(record.fingerprint, fingerprint)
  if (changed.length === 0) return { record }
  return {
    why: `${changed.join(' and ')} changed`,
    onlyTagChanged: changedParts({ ...record.fingerprint, tags: fingerprint.tags }, fingerprint).length === 0,
  }
}
