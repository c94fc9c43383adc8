import type { DistillError, ErrorCode } from '../errors.ts'
import type { PublishFlags } from './options.ts'
import type { Action, Change, Plan, PlanEntry } from './plan/plan.ts'
import type { Requests } from './store/store.ts'

/** What a publish did; what `--json` prints. */
export interface PublishResult {
  /** The name of the target. */
  target: string
  /** Where that is: `s3://www.example.com/blog/`. */
  to: string
  publicUrl?: string
  siteId: string
  /** When the site was built. */
  createdAt: string
  dryRun: boolean
  /** Every key that was changed, sorted; in a dry run those that would be kept, too. */
  plan: Change[]
  /** How many keys there are of each action. */
  counts: Record<Action, number>
  /** Objects in the target that no publish wrote; they are left alone. */
  foreign: number
  /** Uploaded, or to be uploaded. */
  bytes: number
  /** Files found at the public address as they were published; `null` where nobody looked. */
  verified: number | null
  requests: Requests & { public: number }
  ms: number
  /** What one should know but that is no failure. */
  notices: string[]
  /** In a dry run: why the publish would be refused. */
  refused?: PlainError
}

/** A failure as `--json` prints it. */
export interface PlainError {
  code: ErrorCode
  message: string
  hint?: string
}

/** The keys of a plan without what only carrying it out needs. */
export const changesOf = (entries: readonly PlanEntry[]): Change[] =>
  entries.map(({ key, action, reason }) => ({ key, action, reason }))

/** How much a plan uploads. */
export const bytesOf = ({ entries }: Plan): number =>
  entries.reduce(
    (sum, { action, rewrite, file }) => sum + (action === 'keep' || rewrite ? 0 : (file?.size ?? 0)),
    0,
  )

/** What one should know of a publish though nothing failed. */
export function noticesOf(
  {
    damaged,
    unseen,
    unlocked,
    lockable,
    robots,
  }: { damaged: boolean; unseen: boolean; unlocked: boolean; lockable: boolean; robots: number },
  { ignoreRemoteContent, dryRun }: PublishFlags,
): string[] {
  const notices: string[] = []
  if (damaged) {
    notices.push(
      'The record of what was published before could not be read, so nothing was taken for an orphan. A new one is kept from now on.',
    )
  }
  if (unseen && !dryRun) notices.push('Nothing was verified: the target has no `publicUrl` to look at.')
  if (!lockable)
    notices.push('This storage cannot keep two publishes apart: see to it that there is only one at a time.')
  if (!unlocked)
    notices.push(
      'The lock could not be removed. It ends by itself in a minute, or with `vite-distill unlock`.',
    )
  if (robots > 0)
    notices.push(
      `${robots} pages say \`x-robots-tag\`, which storages do not serve: say it in the page, with \`<meta name="robots">\`.`,
    )
  if (ignoreRemoteContent)
    notices.push('What the target held was not looked at: everything is uploaded and nothing deleted.')
  return notices
}

/** A failure as plain data. */
export const plainError = ({ code, message, hint }: DistillError): PlainError => ({
  code,
  message,
  ...(hint !== undefined && { hint }),
})
