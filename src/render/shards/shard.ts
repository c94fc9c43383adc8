import { readdirSync } from 'node:fs'
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

/** The files of shards that are there. */
export function shardFiles({ outDir }: Pick<ResolvedOptions, 'outDir'>): string[] {
  const folder = dirname(outDir)
  const prefix = `${basename(outDir)}.shard-`
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && /^\d+-of-\d+$/.test(name.slice(prefix.length)))
    .map((name) => join(folder, name))
}
