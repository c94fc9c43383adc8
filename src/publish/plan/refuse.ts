import type { Plan } from './plan.ts'
import { DistillError } from '../../errors.ts'
import type { TargetOptions } from '../../target-options.ts'
import type { Site } from '../site/site.ts'
import type { State } from '../state/state.ts'
import type { Store } from '../store/store.ts'

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

/**
 * Refuses options that need a storage which serves what it was given, headers included.
 * @throws {DistillError} `OPTION_INVALID`
 */
export function refuseUnfit(name: string, { compress, cleanUrls }: TargetOptions, store: Store): void {
  if (store.keepsHeaders) return
  for (const [option, needed] of Object.entries({ compress: (compress ?? []).length > 0, cleanUrls })) {
    if (!needed) continue
    throw new DistillError(
      'OPTION_INVALID',
      `\`publish.${name}\` has \`${option}\`, and \`${store.name}\` keeps no headers`,
      {
        hint: 'Leave it out: what serves the files there has to compress them and to find `/about` itself.',
      },
    )
  }
}

/** Why what was built earlier than what the target holds must not be published, if so. */
export function refusalOfOlder(
  { header: { createdAt } }: Site,
  state: State | undefined,
  target: string,
): DistillError | undefined {
  if (!state || !(Date.parse(state.header.createdAt) > Date.parse(createdAt))) return undefined
  return new DistillError(
    'SITE_OLDER',
    `this site was built at ${createdAt}, and \`${target}\` holds one that was built later, at ${state.header.createdAt}`,
    { hint: 'Build it again and publish that. To go back to this very build, say `--allow-older`.' },
  )
}

/** Why a plan must not be carried out, if so. */
export function refusalOf(
  { entries, counts, remote }: Plan,
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
  const deletes = counts.delete
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
