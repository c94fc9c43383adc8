import { DistillError, printable } from '../../errors.ts'
import { ownKeys } from '../../keys.ts'
import type { TargetOptions } from '../../target-options.ts'
import { duration } from '../../progress.ts'
import type { Site, SiteFacts } from '../site/site.ts'
import { stateKey } from '../state/state-object.ts'
import type { State } from '../state/state.ts'
import type { Store } from '../store/store.ts'
import type { Plan } from './plan.ts'

/** So many deletes are always allowed. */
const minAllowedDeletes = 256
/** So many pages may always be deleted: of a small site, one page may be a quarter. */
const minAllowedPages = 5
/** So many are allowed too, as a fraction of what earlier publishes wrote. Unmanaged objects do not count. */
const allowedFraction = 0.25

/**
 * Refuses to publish over another site.
 * @throws {DistillError} `SITE_FOREIGN`
 */
export function refuseOtherSite(
  { siteId }: Pick<Site['header'], 'siteId'>,
  state: State | undefined,
  target: string,
): void {
  if (!state || state.header.siteId === siteId) return
  throw new DistillError(
    'SITE_FOREIGN',
    `\`${target}\` holds the site \`${printable(state.header.siteId)}\`, and this is \`${siteId}\``,
    {
      hint: `Give the target another \`prefix\`, or, if it is the same site under a new name, set \`siteId: ${JSON.stringify(state.header.siteId)}\` in the plugin's options.`,
    },
  )
}

/**
 * Refuses to replace a damaged state: it says what is the site's own.
 * @throws {DistillError} `STATE_DAMAGED`
 */
export function refuseDamagedState(damaged: boolean, target: string, adopt: boolean): void {
  if (!damaged || adopt) return
  throw new DistillError(
    'STATE_DAMAGED',
    `the state of \`${target}\` cannot be read: \`${stateKey}\` or a range of it was cut short, changed or removed`,
    {
      hint: `Put \`${ownKeys}\` back as it was, if the storage keeps versions. Or pass \`--adopt\`, which takes everything in the target for the site's own, deletes what the site does not have, and writes a new state. Or remove \`${stateKey}\`: then nothing is deleted, and everything there is unmanaged.`,
    },
  )
}

/**
 * Refuses options that only work where the storage keeps headers, or copies objects.
 * @throws {DistillError} `OPTION_INVALID`
 */
export function refuseUnfit(
  name: string,
  { compress, cleanUrls, releases }: TargetOptions,
  store: Store,
): void {
  if (releases && !store.canCopy) {
    throw new DistillError(
      'OPTION_INVALID',
      `\`publish.${name}\` has \`releases\`, and \`${store.name}\` cannot copy objects`,
      { hint: 'Leave it out, or give your backend a `copy`.' },
    )
  }
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
  { header: { createdAt } }: SiteFacts,
  state: State | undefined,
  target: string,
): DistillError | undefined {
  if (!state || !(Date.parse(state.header.createdAt) > Date.parse(createdAt))) return undefined
  const built = `this site was built at ${createdAt}, and \`${target}\` holds one that was built later, at ${state.header.createdAt}`
  const ahead = clockAhead(state.header)
  return ahead > 0
    ? new DistillError(
        'SITE_OLDER',
        `${built}; the clock of the machine that built it was at least ${duration(ahead)} ahead`,
        { hint: 'If this build is the later one, pass `--allow-older` once, and set that clock.' },
      )
    : new DistillError('SITE_OLDER', built, {
        hint: 'Build again and publish that. To go back to this build, pass `--allow-older`.',
      })
}

/** By how many milliseconds a build is dated after its own publish, or after now. Not positive where it is not. */
const clockAhead = ({ createdAt, publishedAt }: State['header']): number =>
  Date.parse(createdAt) - Math.min(Date.parse(publishedAt) || Infinity, Date.now())

/** The error for files whose keys the storage cannot hold; `undefined` where there are none. */
export function refusedKeysError({ entries }: Plan, store: Store): DistillError | undefined {
  const refused = entries.flatMap(({ key, action, file }) => {
    const why = file && action !== 'keep' ? store.refuses(key) : undefined
    return why === undefined ? [] : [`\`${key.replace(/\p{Cc}/gu, encodeURIComponent)}\` (${why})`]
  })
  if (refused.length === 0) return undefined
  const files = refused.length === 1 ? 'a file' : `${refused.length} files`
  const more = refused.length > 10 ? [`and ${refused.length - 10} more`] : []
  return new DistillError(
    'KEYS_REFUSED',
    `\`${store.name}\` cannot hold ${files} of the site: ${[...refused.slice(0, 10), ...more].join(', ')}`,
    { hint: 'Rename them: pages by the params or `distillFile` of their routes, assets by their files.' },
  )
}

/** The error for a plan with deletes that are not safe; `undefined` for any other. */
export function unsafeDeletesError(
  { entries, own, ownPages }: Plan,
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
  const deletes = entries.filter(({ action }) => action === 'delete')
  const ownDeletes = deletes.filter(({ record }) => record)
  const pages = ownDeletes.filter(({ kind }) => kind === 'page').length
  const allowed = maxDeletes ?? Math.max(minAllowedDeletes, Math.floor(own * allowedFraction))
  const allowedPages = maxDeletes ?? Math.max(minAllowedPages, Math.floor(ownPages * allowedFraction))
  const writers = `that earlier publishes wrote to \`${target}\``
  const tooMany = (what: string) =>
    new DistillError('TOO_MANY_DELETES', `publishing would delete ${what} are allowed`, {
      hint: `List them with \`--dry-run\`. If they are right, allow them with \`--max-deletes ${deletes.length}\`.`,
    })
  if (deletes.length > allowed) {
    const unmanaged = deletes.length - ownDeletes.length
    const others = unmanaged > 0 ? ` and ${unmanaged} unmanaged objects` : ''
    return tooMany(
      `${ownDeletes.length} of the ${own} objects ${writers}${others}, and at most ${allowed} deletes`,
    )
  }
  if (pages > allowedPages)
    return tooMany(`${pages} of the ${ownPages} pages ${writers}, and at most ${allowedPages}`)
  return undefined
}
