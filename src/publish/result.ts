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
  /** Whether the lock, if there was one, was removed. */
  unlocked?: boolean
}

export function resultOf(run: PublishRun, prepared: Prepared, outcome: Outcome = {}): PublishResult {
  const { name, site, store, publicSite, siteToVerify, flags, started } = run
  const { plan, refused } = prepared
  const { dryRun = false } = flags
  const { siteId, createdAt } = site.header
  return {
    target: name,
    to: store.name,
    publicUrl: publicSite?.root,
    siteId,
    createdAt,
    dryRun,
    plan: changesOf(dryRun ? plan.entries : changedEntries(plan)),
    counts: plan.counts,
    unmanaged: plan.unmanaged,
    bytes: bytesOf(plan),
    verified: siteToVerify ? (outcome.verified ?? 0) : null,
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

function noticesOf(
  { store, publicSite, robots, flags }: PublishRun,
  { plan, stateUnreadable }: Prepared,
  { unlocked = true }: Outcome,
): string[] {
  const changes = changedEntries(plan).length > 0
  const notices: string[] = []
  if (stateUnreadable) {
    notices.push(
      'The state of the target could not be read, so nothing is deleted as an orphan. A publish writes a new one.',
    )
  }
  if (!publicSite && changes && !flags.dryRun)
    notices.push('Nothing was verified: the target has no `publicUrl`.')
  if (!store.conditional && changes)
    notices.push(
      'This storage has no conditional writes, so the target is not locked: run only one publish at a time.',
    )
  if (!unlocked)
    notices.push(
      'The lock could not be removed. It can be taken over after a minute, or removed with `vite-distill unlock`.',
    )
  if (store.keepsHeaders && robots > 0)
    notices.push(
      `${robots} pages have the header \`x-robots-tag\`, which storages do not serve: use \`<meta name="robots">\` in the page.`,
    )
  if (flags.ignoreRemoteContent)
    notices.push('The target was not listed: everything is uploaded and nothing is deleted.')
  return notices
}

/** An error as plain data. */
export const plainError = ({ code, message, hint }: DistillError): PlainError => ({ code, message, hint })
