import { DistillError } from '../../errors.ts'
import type { RemotePages } from '../../manifest.ts'
import type { PublishFlags } from '../options.ts'
import { lostPagesError } from '../site/remote.ts'
import type { SiteFacts } from '../site/site.ts'
import type { State } from '../state/state.ts'
import type { Plan } from './plan.ts'

/**
 * Refuses to publish a site to another target than the one that has pages of it, or without looking at that.
 * @throws {DistillError} `SITE_REMOTE`
 */
export function refuseOtherTarget(
  { header: { remote } }: SiteFacts,
  name: string,
  { ignoreRemoteContent }: Pick<PublishFlags, 'ignoreRemoteContent'>,
): void {
  if (!remote || remote.pages === 0) return
  if (remote.target !== name) throw notHereError(remote, `and would be missing in \`${name}\``)
  if (ignoreRemoteContent) throw notHereError(remote, 'and `--ignore-remote-content` uploads all pages')
}

const notHereError = ({ target, pages }: RemotePages, why: string) =>
  new DistillError(
    'SITE_REMOTE',
    `${pages === 1 ? 'a page of the site is' : `${pages} pages of the site are`} not here but only in \`${target}\`, ${why}`,
    { hint: 'Render all pages here with `vite-distill render --force`, then publish.' },
  )

/** The error for pages that are not here and that the target does not hold either; `undefined` where there are none. */
export function remotePagesError(
  { lost }: Plan,
  { header: { remote } }: SiteFacts,
  state: State | undefined,
  target: string,
): DistillError | undefined {
  if (lost.length === 0) return undefined
  const since = state?.header.run === remote?.run ? '' : ', which was published to since the build,'
  return lostPagesError(lost, `and \`${target}\`${since} does not hold what would be published`)
}
