import type { DistillError, ErrorCode } from '../errors.ts'
import type { Action, Change } from './change.ts'
import type { PlanEntry } from './plan/entry.ts'
import type { Plan } from './plan/plan.ts'
import type { Prepared } from './plan/prepare.ts'
import type { PublishRun } from './run.ts'
import type { Requests } from './store/requester.ts'

/** The result of a publish, which `--json` prints. */
export interface PublishResult {
  /** The name of the target. */
  target: string
  /** What it stands for: `s3://www.example.com/blog/`. */
  to: string
  publicUrl?: string
  siteId: string
  /** When the site was built, ISO 8601. */
  createdAt: string
  /** The number of the release that was put back, by a rollback. */
  release?: number
  dryRun: boolean
  /** Every key that was changed, sorted. In a dry run, also the keys that are kept. */
  plan: Change[]
  /** How many keys there are of each action. */
  counts: Record<Action, number>
  /** How many objects in the target no publish wrote. They are left alone. */
  unmanaged: number
  /** Bytes that were uploaded; in a dry run, those that would be. */
  bytes: number
  /** How many files were found at the public address as they were published; `null` if nothing was verified. */
  verified: number | null
  /**
   * How many URLs were purged from the cache in front of the target; `null` if it has no `purge`. One that ends in `*`
   * counts as one.
   */
  purged: number | null
  requests: Requests & { public: number }
  ms: number
  /** What the user should know though nothing failed. */
  notices: string[]
  /** In a dry run: why the publish would be refused. */
  refused?: PlainError
}

/** An error as `--json` prints it. */
export interface PlainError {
  code: ErrorCode
  message: string
  hint?: string
}

/** What became of a plan. In a dry run, nothing. */
export interface Outcome {
  /** How many files were verified. */
  verified?: number
  /** How many orphans were deleted. */
  deleted?: number
  /** Orphans that were left alone, because something else had replaced them since the plan was made. */
  replaced?: ReadonlySet<string>
  /** The addresses at which only a cache still serves what was deleted. */
  stillCached?: readonly string[]
  /** How many URLs were purged. */
  purged?: number
  purgeNotices?: readonly string[]
  /** Why the target's own objects that nothing needs could not be removed, if so. */
  unused?: string
  /** Whether the lock, if there was one, was removed. */
  unlocked?: boolean
}

export function resultOf(run: PublishRun, prepared: Prepared, outcome: Outcome = {}): PublishResult {
  const { name, site, store, publicSite, siteToVerify, flags, started } = run
  const { plan, refused } = prepared
  const { dryRun = false } = flags
  const { siteId, createdAt } = site.header
  const { replaced = new Set() } = outcome
  const entries = dryRun ? plan.entries : changedEntries(plan).filter(({ key }) => !replaced.has(key))
  return {
    target: name,
    to: store.name,
    publicUrl: publicSite?.root,
    siteId,
    createdAt,
    release: run.release,
    dryRun,
    plan: changesOf(entries),
    counts: { ...plan.counts, delete: plan.counts.delete - replaced.size },
    unmanaged: plan.unmanaged + replaced.size,
    bytes: run.release === undefined ? bytesOf(plan) : 0,
    verified: siteToVerify ? (outcome.verified ?? 0) : null,
    purged: run.target.purge ? (outcome.purged ?? 0) : null,
    requests: { ...store.requests, public: publicSite?.requests ?? 0 },
    ms: Math.round(performance.now() - started),
    notices: noticesOf(run, prepared, outcome),
    refused: dryRun && refused ? plainError(refused) : undefined,
  }
}

export const changedEntries = ({ entries }: Plan): PlanEntry[] =>
  entries.filter(({ action }) => action !== 'keep')

/** Entries without what only executing them needs. */
export const changesOf = (entries: readonly PlanEntry[]): Change[] =>
  entries.map(({ key, action, reason }) => ({ key, action, reason }))

/** How many bytes a plan uploads. */
const bytesOf = ({ entries }: Plan): number =>
  entries.reduce(
    (sum, { action, rewrite, file }) => sum + (action === 'keep' || rewrite ? 0 : (file?.size ?? 0)),
    0,
  )

/** The notice about a storage whose conditional writes do not work. */
export const conditionsFail =
  'Conditional writes do not work in this bucket, as with versioning in Ceph: nothing is locked, so run only one publish at a time.'

function noticesOf(
  { store, target, conditions, publicSite, siteToVerify, robots, flags }: PublishRun,
  { plan, state, stateDamaged }: Prepared,
  {
    unlocked = true,
    unused,
    deleted = 0,
    replaced = new Set(),
    stillCached = [],
    purgeNotices = [],
  }: Outcome,
): string[] {
  const changes = changedEntries(plan).length > 0
  const notices: string[] = []
  if (stateDamaged)
    notices.push(
      "The state of the target could not be read. Everything there is taken for the site's own, and a new state is written.",
    )
  notices.push(...replacedNotices([...plan.replaced, ...replaced]))
  notices.push(...purgeNotices)
  if (!publicSite && changes && !flags.dryRun)
    notices.push('Nothing was verified: the target has no `publicUrl`.')
  if (siteToVerify && deleted > 0 && target.verify?.content === 'status') {
    notices.push(
      `${deleted} orphans were deleted after a verification by status: the content that visitors get was not compared.`,
    )
  }
  if (stillCached.length > 0) {
    notices.push(
      `A cache in front of the target still serves ${stillCached.length} deleted files, such as ${stillCached[0]}: purge it.`,
    )
  }
  if (conditions === 'none') {
    if (state?.header.conditions !== 'none')
      notices.push(`${conditionsFail} The next publishes do not say so again.`)
  } else if (!store.conditional && changes)
    notices.push(
      'This storage has no conditional writes, so the target is not locked: run only one publish at a time.',
    )
  if (!unlocked)
    notices.push(
      'The lock could not be removed. It can be taken over after two minutes, or removed with `vite-distill unlock`.',
    )
  if (unused !== undefined)
    notices.push(
      `What the state no longer needs could not be removed, so the next publish tries again: ${unused}.`,
    )
  if (store.keepsHeaders && robots > 0)
    notices.push(
      `${robots} pages have the header \`x-robots-tag\`, which storages do not serve: use \`<meta name="robots">\` in the page.`,
    )
  if (flags.ignoreRemoteContent)
    notices.push('The target was not listed: everything is uploaded and nothing is deleted.')
  return notices
}

/** One notice for each of a few keys that something else has replaced, and one for the rest. */
export function replacedNotices(keys: readonly string[]): string[] {
  const notices = keys
    .slice(0, 5)
    .map((key) => `\`${key}\` was changed by something else since it was published: left alone.`)
  if (keys.length > 5) notices.push(`So were ${keys.length - 5} more.`)
  return notices
}

/** An error as plain data. */
export const plainError = ({ code, message, hint }: DistillError): PlainError => ({ code, message, hint })
