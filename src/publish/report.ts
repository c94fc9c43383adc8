import type { ResolvedOptions } from '../options.ts'
import type { ReportPlan } from '../report/data.ts'
import type { PublishContext } from './options.ts'
import type { PlanEntry } from './plan/entry.ts'
import { prepare } from './plan/prepare.ts'
import { withRun } from './publish.ts'
import { plainError, resultOf } from './result.ts'
import { isWritten } from './state/record.ts'

/** What a publish would do, and the site that it would publish. */
export interface PlannedPublish {
  plan: ReportPlan
  /** When that site was complete, ISO 8601. */
  createdAt: string
}

/**
 * What a publish of the site that was last built would do. Only reads the target: takes no lock, and writes nothing.
 * @param targetName Default: the only target, or the one named `default`
 * @throws {DistillError} as `publish`
 */
export function planReport(
  options: ResolvedOptions,
  targetName: string | undefined,
  context: PublishContext = {},
): Promise<PlannedPublish> {
  return withRun(options, targetName, { dryRun: true }, context, async (run) => {
    const prepared = await prepare(run)
    const { target, to, publicUrl, createdAt, counts, bytes, notices } = resultOf(run, prepared)
    const { refused } = prepared
    const changes = prepared.plan.entries.flatMap((entry): ReportPlan['changes'] => {
      const { key, action, reason } = entry
      return action === 'keep' ? [] : [{ key, action, reason, bytes: bytesOf(entry) }]
    })
    const plan = { target, to, publicUrl, counts, bytes, changes, notices }
    return { plan: refused ? { ...plan, refused: plainError(refused) } : plan, createdAt }
  })
}

/** What is uploaded of a key, or what deleting it frees, as far as that is recorded. */
function bytesOf({ action, file, rewrite, record }: PlanEntry): number {
  if (action === 'delete') return isWritten(record) ? record.size : 0
  return rewrite ? 0 : (file?.size ?? 0)
}
