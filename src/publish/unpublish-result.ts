import type { Target } from '../options.ts'
import type { Change } from './change.ts'
import type { PublishContext, PublishFlags } from './options.ts'
import type { Plan } from './plan/plan.ts'
import { changedEntries, changesOf, conditionsFail, replacedNotices } from './result.ts'
import type { StateObject } from './state/state-object.ts'
import type { State } from './state/state.ts'
import type { Requests } from './store/requester.ts'
import type { Store } from './store/store.ts'
import type { PublicSite } from './verify/public-site.ts'

/** What `unpublish` may be told. */
export type UnpublishFlags = Pick<PublishFlags, 'dryRun' | 'yes' | 'skipVerify' | 'concurrency' | 'wait'>

/** The result of `unpublish`, which `--json` prints. */
export interface UnpublishResult {
  /** The name of the target. */
  target: string
  /** What it stands for: `s3://www.example.com/pr-12/`. */
  to: string
  publicUrl?: string
  siteId: string
  dryRun: boolean
  /** Whether anything of a publish was there. If not, nothing was written. */
  found: boolean
  /** Every key of the site that was deleted, sorted; in a dry run, those that would be. */
  plan: Change[]
  /** How many objects in the target no publish wrote. They are left alone. 0 where no state was found. */
  unmanaged: number
  /** How many URLs were purged from the cache in front of the target; `null` if it has no `purge`. */
  purged: number | null
  /** How many deleted files were looked for at the public address and are gone; `null` if nothing was verified. */
  verified: number | null
  requests: Requests & { public: number }
  ms: number
  /** What the user should know though nothing failed. */
  notices: string[]
}

/** One `unpublish`: of what, and how. */
export interface UnpublishRun {
  name: string
  target: Target
  /** Of Vite. */
  root: string
  siteId: string
  store: Store
  stateObject: StateObject
  publicSite: PublicSite | undefined
  flags: UnpublishFlags
  context: PublishContext
  /** By `performance.now()`. */
  started: number
}

/** What there is to remove. */
export interface Removal {
  state: State | undefined
  plan: Plan | undefined
  /** Something of a publish is there. */
  found: boolean
}

/** What was done. In a dry run, nothing. */
export interface RemovalOutcome {
  removal: Removal
  removed?: ReadonlySet<string>
  /** Objects that were left alone, because something else had replaced them since the plan was made. */
  replaced?: ReadonlySet<string>
  /** How many deleted files are gone from the public address. */
  verified?: number
  purged?: number
  purgeNotices?: readonly string[]
  /** The addresses at which only a cache still serves what was deleted. */
  stillCached?: readonly string[]
  /** Whether the lock, if there was one, was removed. */
  unlocked?: boolean
  conditions?: 'none'
}

export function resultOf(run: UnpublishRun, outcome: RemovalOutcome): UnpublishResult {
  const { name, target, siteId, store, publicSite, flags, started } = run
  const { removal, removed, replaced = new Set(), verified = 0, purged = 0 } = outcome
  const { dryRun = false, skipVerify = false } = flags
  const { plan, found } = removal
  const planned = plan ? changesOf(changedEntries(plan)) : []
  return {
    target: name,
    to: store.name,
    publicUrl: publicSite?.root,
    siteId,
    dryRun,
    found,
    plan: removed ? planned.filter(({ key }) => removed.has(key)) : planned,
    unmanaged: (plan?.unmanaged ?? 0) + [...replaced].filter((key) => !plan?.replaced.includes(key)).length,
    purged: target.purge ? purged : null,
    verified: publicSite && !skipVerify && !dryRun && found ? verified : null,
    requests: { ...store.requests, public: publicSite?.requests ?? 0 },
    ms: Math.round(performance.now() - started),
    notices: noticesOf(run, outcome),
  }
}

function noticesOf(
  { target }: UnpublishRun,
  {
    removal,
    replaced = new Set(),
    removed = new Set(),
    stillCached = [],
    unlocked = true,
    conditions,
    purgeNotices = [],
  }: RemovalOutcome,
): string[] {
  const notices = replacedNotices([...new Set([...(removal.plan?.replaced ?? []), ...replaced])])
  notices.push(...purgeNotices)
  if (removed.size > 0 && target.publicUrl === undefined)
    notices.push('Nothing was verified: the target has no `publicUrl`.')
  if (stillCached.length > 0) {
    notices.push(
      `A cache in front of the target still serves ${stillCached.length} deleted files, such as ${stillCached[0]}: purge it.`,
    )
  }
  if (conditions === 'none') notices.push(conditionsFail)
  if (!unlocked)
    notices.push(
      'The lock could not be removed. It can be taken over after two minutes, or removed with `vite-distill unlock`.',
    )
  return notices
}
