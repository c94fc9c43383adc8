import { DistillError } from '../../errors.ts'
import type { PublishContext, PublishFlags } from '../options.ts'
import type { Plan } from './plan.ts'

/**
 * Asks before anything is deleted, unless `--yes` was given.
 * @throws {DistillError} `DELETES_UNCONFIRMED`
 */
export async function confirmDeletes(
  { entries }: Plan,
  target: string,
  { yes }: PublishFlags,
  { confirm }: PublishContext,
): Promise<void> {
  const keys = entries.filter(({ action }) => action === 'delete').map(({ key }) => `\`${key}\``)
  if (keys.length === 0 || yes) return
  if (!confirm) {
    const named = [...keys.slice(0, 5), ...(keys.length > 5 ? [`${keys.length - 5} more`] : [])].join(', ')
    throw new DistillError(
      'DELETES_UNCONFIRMED',
      `publishing would delete ${named} from \`${target}\`, and there is nobody to ask`,
      { hint: 'Allow it with `--yes`. See the whole plan with `--dry-run`.' },
    )
  }
  if (await confirm(keys.length, target)) return
  throw new DistillError('DELETES_UNCONFIRMED', 'the deletes were not confirmed, so nothing was published')
}
