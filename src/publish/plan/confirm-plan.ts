import { DistillError, printable } from '../../errors.ts'
import type { PublishContext, PublishFlags } from '../options.ts'
import type { PlanEntry } from './entry.ts'
import type { Plan } from './plan.ts'

/**
 * Asks before anything is deleted or an unmanaged object overwritten, unless `--yes` was given.
 * @throws {DistillError} `DELETES_UNCONFIRMED`, or `OVERWRITES_UNCONFIRMED` where nothing would be deleted
 */
export async function confirmPlan(
  { entries }: Plan,
  target: string,
  { yes }: PublishFlags,
  { confirm }: PublishContext,
): Promise<void> {
  const deletes = entries.filter(({ action }) => action === 'delete')
  const overwrites = entries.filter(({ reason }) => reason === 'unmanaged')
  if (deletes.length + overwrites.length === 0 || yes) return
  if (await confirm?.(deletes.length, target, overwrites.length)) return

  const code = deletes.length > 0 ? 'DELETES_UNCONFIRMED' : 'OVERWRITES_UNCONFIRMED'
  if (confirm) {
    const what = deletes.length > 0 ? 'deletes' : 'overwrites'
    throw new DistillError(code, `the ${what} were not confirmed, so nothing was published`)
  }
  const losses = [
    ...(deletes.length > 0 ? [`delete ${namesOf(deletes)} from \`${target}\``] : []),
    ...(overwrites.length > 0 ? [`overwrite ${namesOf(overwrites)}, which no publish wrote`] : []),
  ]
  throw new DistillError(code, `publishing would ${losses.join(' and ')}, and there is nobody to ask`, {
    hint: 'Allow it with `--yes`. See the whole plan with `--dry-run`.',
  })
}

/** The keys of a few entries, and how many more there are. */
export function namesOf(entries: readonly PlanEntry[]): string {
  const more = entries.length > 5 ? [`${entries.length - 5} more`] : []
  return [...entries.slice(0, 5).map(({ key }) => `\`${printable(key)}\``), ...more].join(', ')
}
