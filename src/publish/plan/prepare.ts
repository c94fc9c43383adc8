import type { DistillError } from '../../errors.ts'
import { compareKeys } from '../../keys.ts'
import type { TargetOptions } from '../../target-options.ts'
import type { PublishFlags } from '../options.ts'
import type { DesiredObjects } from '../site/objects.ts'
import type { SiteFacts } from '../site/site.ts'
import type { StateObject } from '../state/state-object.ts'
import type { State } from '../state/state.ts'
import { withListing } from '../store/listing.ts'
import type { Store } from '../store/store.ts'
import { insideOtherSiteError } from './other-site.ts'
import { planPublish, type Plan, type PlanInput } from './plan.ts'
import { remotePagesError } from './remote-pages.ts'
import {
  olderSiteError,
  refuseDamagedState,
  refusedKeysError,
  refuseOtherSite,
  unsafeDeletesError,
} from './refuse.ts'

export interface PrepareInput {
  site: SiteFacts
  desired: DesiredObjects
  store: Store
  stateObject: StateObject
  target: TargetOptions
  flags: PublishFlags
}

/** A plan, and what it was made with. */
export interface Prepared {
  plan: Plan
  state: State | undefined
  /** The target has a state that cannot be read. */
  stateDamaged: boolean
  /** The number of this publish. */
  deploy: number
  /** The first key that the site or the state has. */
  firstKey: string | undefined
  /** There is nothing to upload, delete, verify or record. */
  nothingToDo: boolean
  /** Why the plan must not be executed, if so. */
  refused: DistillError | undefined
}

export const defaultKeepAssets = { deploys: 3, days: 30 }

/**
 * Reads the target's state, lists the target and makes a plan. Changes nothing.
 * @throws {DistillError} `STATE_UNKNOWN`, `STATE_DAMAGED` or `SITE_FOREIGN`, or why the target cannot be read
 */
export async function prepare(input: PrepareInput): Promise<Prepared> {
  const { site, desired, store, stateObject, target, flags } = input
  const { state, damaged } = await stateObject.read()
  refuseDamagedState(damaged, store.name, flags.adopt ?? false)
  refuseOtherSite(site.header, state, store.name)
  const deploy = deployOf(site, state)
  const firstKey = await firstKeyOf(desired, state)
  const planWith = (remote: PlanInput['remote']) =>
    planPublish({
      files: desired(),
      remote,
      state,
      keepsHeaders: store.keepsHeaders,
      maxRewrite: store.maxRewrite,
      excludeAssets: flags.excludeAssets ?? false,
      adopt: flags.adopt ?? false,
      keepAssets: target.keepAssets ?? defaultKeepAssets,
      deploy,
      now: Date.now(),
      everything: flags.dryRun ?? false,
    })
  // An unmanaged object may have any key, and only `adopt` needs them all.
  const listFrom = flags.adopt ? undefined : firstKey
  const plan = flags.ignoreRemoteContent
    ? await planWith(undefined)
    : await withListing(store, listFrom, planWith)

  if (state?.header.build !== site.recorded?.build) plan.stateChanged = true
  const keepsReleases = (state?.header.releases?.length ?? 0) > 0
  if (keepsReleases !== (target.releases ?? 0) > 0) plan.stateChanged = true
  const inside = plan.insideOtherSite
  const { keep: _, ...changes } = plan.counts
  const changed = Object.values(changes).some((count) => count > 0)
  const older = changed && !flags.allowOlder ? olderSiteError(site, state, store.name) : undefined
  return {
    plan,
    state,
    stateDamaged: damaged,
    deploy,
    firstKey,
    nothingToDo: !changed && !inside && !plan.stateChanged && plan.entries.every(({ file }) => !file),
    refused:
      older ??
      remotePagesError(plan, site, state, store.name) ??
      (inside && insideOtherSiteError(inside.key, inside.prefix, store.name)) ??
      unsafeDeletesError(plan, { target: store.name, maxDeletes: flags.maxDeletes }) ??
      refusedKeysError(plan, store),
  }
}

/** The number of a publish of this site: each build counts once. */
export const deployOf = ({ header: { createdAt } }: SiteFacts, state: State | undefined): number =>
  (state?.header.deploy ?? 0) + (state?.header.createdAt === createdAt ? 0 : 1)

async function firstKeyOf(desired: DesiredObjects, state: State | undefined): Promise<string | undefined> {
  const keys: string[] = []
  for await (const [first] of desired()) {
    if (!first) continue
    keys.push(first.key)
    break
  }
  for (const { key } of state?.records() ?? []) {
    keys.push(key)
    break
  }
  return keys.sort(compareKeys)[0]
}
