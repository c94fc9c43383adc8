import { compareKeys } from '../../keys.ts'
import type { DistillError } from '../../errors.ts'
import { withListing } from '../store/listing.ts'
import { planPublish, type Plan } from './plan.ts'
import type { PublishFlags } from '../options.ts'
import { refusalOf, refusalOfOlder, refuseForeign } from './refuse.ts'
import type { Site } from '../site/site.ts'
import type { StateObject } from '../state/store.ts'
import type { State } from '../state/state.ts'
import type { Store } from '../store/store.ts'
import type { TargetOptions } from '../../target-options.ts'
import type { Wanted } from '../site/objects.ts'

export interface PrepareInput {
  site: Site
  wanted: Wanted
  store: Store
  stateObject: StateObject
  target: TargetOptions
  flags: PublishFlags
}

/** What a publish would do, by what the target holds now. */
export interface Prepared {
  plan: Plan
  state: State | undefined
  /** There is a record of earlier publishes that cannot be read. */
  damaged: boolean
  /** The number of this publish. */
  deploy: number
  /** The first key that the site or the record has. */
  first: string | undefined
  /** There is nothing to upload, delete, look at or record. */
  idle: boolean
  /** Why the plan must not be carried out, if so. */
  refused: DistillError | undefined
}

const defaultKept = { deploys: 3, days: 30 }

/**
 * Asks the target what it holds and makes a plan. Changes nothing.
 * @throws {DistillError} `SITE_FOREIGN`, or why the target cannot be read
 */
export async function prepare(input: PrepareInput): Promise<Prepared> {
  const { site, wanted, store, stateObject, target, flags } = input
  const { state, damaged } = await stateObject.read()
  refuseForeign(site, state, store.name)
  const { createdAt } = site.header
  const deploy = (state?.header.deploy ?? 0) + (state?.header.createdAt === createdAt ? 0 : 1)
  const first = await firstKeyOf(wanted, state)
  const make = (remote: Parameters<typeof planPublish>[0]['remote']) =>
    planPublish({
      files: wanted(),
      remote,
      state,
      keepsHeaders: store.keepsHeaders,
      maxRewrite: store.maxRewrite,
      excludeAssets: flags.excludeAssets ?? false,
      adopt: flags.adopt ?? false,
      keepAssets: target.keepAssets ?? defaultKept,
      deploy,
      now: Date.now(),
      everything: flags.dryRun ?? false,
    })
  const plan = flags.ignoreRemoteContent
    ? await make(undefined)
    : // What is nobody's may have any key, and only `adopt` has to know it.
      await withListing(store, flags.adopt ? undefined : first, make)

  const { keep: _, ...changes } = plan.counts
  const changed = Object.values(changes).some((count) => count > 0)
  const older = changed && !flags.allowOlder ? refusalOfOlder(site, state, store.name) : undefined
  return {
    plan,
    state,
    damaged,
    deploy,
    first,
    idle: !changed && !plan.stateChanged && plan.entries.every(({ file }) => !file),
    refused: older ?? refusalOf(plan, { target: store.name, maxDeletes: flags.maxDeletes }),
  }
}

async function firstKeyOf(wanted: Wanted, state: State | undefined): Promise<string | undefined> {
  const keys: string[] = []
  for await (const { key } of wanted()) {
    keys.push(key)
    break
  }
  for (const { key } of state?.records() ?? []) {
    keys.push(key)
    break
  }
  return keys.sort(compareKeys)[0]
}
