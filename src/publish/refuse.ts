import { DistillError } from '../errors.ts'
import type { Plan } from './plan.ts'
import type { Site } from './site.ts'
import type { State } from './state.ts'

/** Fewer deletes than this are never too many. */
const fewDeletes = 256
/** Nor is this part of what the target holds. */
const deletablePart = 0.25

/**
 * Refuses a target that another site was published to.
 * @throws {DistillError} `SITE_FOREIGN`
 */
export function refuseForeign({ header: { siteId } }: Site, state: State | undefined, target: string): void {
  if (!state || state.header.siteId === siteId) return
  throw new DistillError(
    'SITE_FOREIGN',
    `\`${target}\` holds the site \`${state.header.siteId}\`, and this is \`${siteId}\``,
    {
      hint: `Give the target another \`prefix\`, or, if it is the same site under a new name, set \`siteId: ${JSON.stringify(state.header.siteId)}\` in the plugin's options.`,
    },
  )
}

/** Why a plan must not be carried out, if so. */
export function refusalOf(
  { entries, remote }: Plan,
  { target, maxDeletes }: { target: string; maxDeletes: number | undefined },
): DistillError | undefined {
  const index = entries.find(({ key }) => key === 'index.html')
  if (index?.action === 'delete') {
    return new DistillError(
      'INDEX_MISSING',
      `the site has no \`index.html\` at its root any more, and \`${target}\` has one`,
      { hint: 'Distil the route `/`, so that visitors of the address itself find something.' },
    )
  }
  const deletes = entries.filter(({ action }) => action === 'delete').length
  const most = maxDeletes ?? Math.max(fewDeletes, Math.floor(remote * deletablePart))
  if (deletes <= most) return undefined
  return new DistillError(
    'TOO_MANY_DELETES',
    `publishing would delete ${deletes} of the ${remote} objects in \`${target}\`; more than ${most} are not deleted unasked`,
    {
      hint: `See which with \`--dry-run\`. If that is right, say so with \`--max-deletes ${deletes}\`.`,
    },
  )
}
