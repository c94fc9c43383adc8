import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { ResolvedOptions } from '../../options.ts'

/** One of the parts in which machines share a build's pages. */
export interface Shard {
  /** Which part: a whole number from 1 to `of`. */
  index: number
  /** How many parts there are: a whole number from 1. */
  of: number
}

/** The file that a shard's pages are packed into. */
export const shardFile = ({ outDir }: Pick<ResolvedOptions, 'outDir'>, { index, of }: Shard): string =>
  `${outDir}.shard-${index}-of-${of}`

/**
 * Where the file of a shard is until it is complete. Its name is its own, because an engine that takes a machine for
 * dead starts the shard once more. It is hidden, so that `static.shard-*` does not find what a killed shard left.
 */
export const draftOf = (path: string): string => join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)

/** The files of shards that are there. */
export const shardFiles = ({ outDir }: Pick<ResolvedOptions, 'outDir'>): string[] =>
  filesLike(outDir, `${basename(outDir)}.shard-`, /^\d+-of-\d+$/)

/** Removes the files of shards, and what killed ones left. */
export function removeShards({ outDir }: Pick<ResolvedOptions, 'outDir'>): void {
  const drafts = filesLike(outDir, `.${basename(outDir)}.shard-`, /^\d+-of-\d+\.[\da-f-]{36}\.tmp/)
  for (const path of [...shardFiles({ outDir }), ...drafts]) rmSync(path, { force: true })
}

function filesLike(outDir: string, prefix: string, rest: RegExp): string[] {
  const folder = dirname(outDir)
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && rest.test(name.slice(prefix.length)))
    .map((name) => join(folder, name))
}
