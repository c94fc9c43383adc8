import { DistillError } from '../../errors.ts'
import type { TargetOptions } from '../../target-options.ts'
import type { Site } from '../site/site.ts'
import type { State } from '../state/state.ts'
import type { Store } from '../store/store.ts'
import type { Plan } from './plan.ts'

/** So many deletes are always allowed. */
const minAllowedDeletes = 256
/** So many deletes are allowed too, as a fraction of what the target holds. */
const allowedFraction = 0.25

/**
 * Refuses to publish over another site.
 * @throws {DistillError} `SITE_FOREIGN`
 */
export function refuseOtherSite(
  { header: { siteId } }: Site,
  state: State | undefined,
  target: string,
): void {
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
 * Refuses options that only work where the storage keeps headers.
 * @throws {DistillError} `OPTION_INVALID`
 */
export function refuseUnfit(name: string, { compress, cleanUrls }: TargetOptions, store: Store): void {
  if (store.keepsHeaders) return
  for (const [option, given] of Object.entries({ compress: (compress ?? []).length > 0, cleanUrls })) {
    if (!given) continue
    throw new DistillError(
      'OPTION_INVALID',
      `\`publish.${name}\` has \`${option}\`, and \`${store.name}\` keeps no headers`,
      {
        hint: 'Leave it out. The web server that serves the files has to compress them, and to find `/about`, itself.',
      },
    )
  }
}

/** The error for a site that was built before the one in the target; `undefined` for any other. */
export function olderSiteError(
  { header: { createdAt } }: Site,
  state: State | undefined,
  target: string,
): DistillError | undefined {
  if (!state || !(Date.parse(state.header.createdAt) > Date.parse(createdAt))) return undefined
  return new DistillError(
    'SITE_OLDER',
    `this site was built at ${createdAt}, and \`${target}\` holds one that was built later, at ${state.header.createdAt}`,
    { hint: 'Build again and publish that. To go back to this build, pass `--allow-older`.' },
  )
}

/** The error for a plan with deletes that are not safe; `undefined` for any other. */
export function unsafeDeletesError(
  { entries, counts, remote }: Plan,
  { target, maxDeletes }: { target: string; maxDeletes: number | undefined },
): DistillError | undefined {
  const index = entries.find(({ key }) => key === 'index.html')
  if (index?.action === 'delete') {
    return new DistillError(
      'INDEX_MISSING',
      `the site has no \`index.html\` at its root any more, and \`${target}\` has one`,
      { hint: 'Distil the route `/`, so that the address of the site itself has a page.' },
    )
  }
  const deletes = counts.delete
  const allowed = maxDeletes ?? Math.max(minAllowedDeletes, Math.floor(remote * allowedFraction))
  if (deletes <= allowed) return undefined
  return new DistillError(
    'TOO_MANY_DELETES',
    `publishing would delete ${deletes} of the ${remote} objects in \`${target}\`, and at most ${allowed} are allowed`,
    {
      hint: `List them with \`--dry-run\`. If they are right, allow them with \`--max-deletes ${deletes}\`.`,
    },
  )
}
