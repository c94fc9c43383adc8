import { relative, resolve } from 'node:path'
import { DistillError, listProblems } from '../../errors.ts'
import type { ResolvedOptions } from '../../options.ts'
import { type DistillResult, distill } from '../distill.ts'
import { pageTagging } from '../page-tagger.ts'
import { type Plan, readPlan } from '../plan-file.ts'
import type { BuiltApp } from '../worker/app-thread.ts'
import { refuseOtherBuild } from './mismatch.ts'
import { shardFiles } from './shard.ts'
import { type ShardFile, openShard } from './shard-file.ts'
import { ShardedPages } from './sharded-pages.ts'

export interface MergeInput extends BuiltApp {
  /** The files of the shards. Default: those beside the plan. */
  files?: readonly string[] | undefined
}

/**
 * Makes the site of its shards, as one machine would: the new site replaces the last one only after every check.
 * @throws {DistillError} `PLAN_MISMATCH`, `SHARDS_INVALID` with all that is wrong with the shards, and as `distill`
 */
export async function mergeShards({ files, ...built }: MergeInput): Promise<DistillResult> {
  const { options, build } = built
  const plan = await readPlan(options)
  refuseOtherBuild(plan, { ...built, tagging: pageTagging(build, options) })
  const shards = await openShards(files?.length ? files : shardFiles(options), plan, options)
  const { planFile } = options
  return distill({ ...built, planFile }, () => new ShardedPages(plan, shards))
}

/** @throws {DistillError} `SHARDS_INVALID` unless these are all shards of the plan, each once */
async function openShards(
  paths: readonly string[],
  plan: Plan,
  { root }: ResolvedOptions,
): Promise<ShardFile[]> {
  const problems: string[] = []
  const shards: ShardFile[] = []
  const nameOf = (path: string) => `\`${relative(root, path)}\``
  for (const path of new Set(paths.map((path) => resolve(path)))) {
    const shard = await openShard(path)
    const why = shard
      ? refusal(shard, plan)
      : 'is not what a shard wrote: it is missing, cut short or changed'
    if (why === undefined) shards.push(shard!)
    else problems.push(`${nameOf(path)} ${why}`)
  }
  const totals = new Set(shards.map(({ header }) => header.of))
  if (totals.size > 1) problems.push(`they are of ${[...totals].join(' and of ')} shards`)
  const [of = 0] = totals
  for (let index = 1; index <= of && totals.size === 1; index++) {
    const found = shards.filter(({ header }) => header.index === index)
    if (found.length === 0) problems.push(`shard ${index} of ${of} is missing`)
    if (found.length > 1)
      problems.push(
        `shard ${index} of ${of} is there twice: ${found.map(({ path }) => nameOf(path)).join(', ')}`,
      )
  }
  if (problems.length === 0 && shards.length > 0) return shards
  throw new DistillError(
    'SHARDS_INVALID',
    shards.length + problems.length === 0
      ? 'there is no shard to merge'
      : listProblems('the shards do not make a site:', problems),
    {
      hint: 'Render each shard with `vite-distill render --shard <i>/<n>`, and give `merge` all of their files and no others. The site is as it was.',
    },
  )
}

function refusal({ header: { version, plan: id } }: ShardFile, plan: Plan): string | undefined {
  if (version !== 1) return `has the format \`${String(version)}\`, which this version cannot read`
  return id === plan.id ? undefined : 'is of another plan'
}
