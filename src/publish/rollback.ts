import { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import type { PublishContext, PublishFlags } from './options.ts'
import { refuseDamagedState, refuseOtherSite } from './plan/refuse.ts'
import { copiesOf } from './releases/kept.ts'
import { releaseObjects } from './releases/release-objects.ts'
import type { PublishResult } from './result.ts'
import { runPublish } from './run-publish.ts'
import { sayAgain } from './say-again.ts'
import type { Release, State } from './state/state.ts'
import { chooseTarget, refuseOverlap } from './target.ts'
import { withStore } from './with-store.ts'

/** The flags of a publish that a rollback has too. */
export type RollbackFlags = Pick<
  PublishFlags,
  'dryRun' | 'yes' | 'skipVerify' | 'verify' | 'maxDeletes' | 'concurrency' | 'wait'
>

/**
 * Puts back what a target held after an earlier publish, from the copies that the target keeps: in the phases of a
 * publish, with its lock and its checks. It is a release itself.
 * @param asked The number of the release. Default: the newest one that is not what the target holds
 * @throws {DistillError} `RELEASE_UNKNOWN`, `RELEASE_INCOMPLETE`, and as a publish
 */
export async function rollback(
  options: ResolvedOptions,
  targetName: string | undefined,
  asked: number | undefined,
  flags: RollbackFlags = {},
  context: PublishContext = {},
): Promise<PublishResult> {
  const started = performance.now()
  const chosen = chooseTarget(options, targetName)
  refuseOverlap(options, chosen.name, chosen.target)
  const { siteId, base } = options
  const run = { ...chosen, root: options.root, flags, context, started }
  return withStore(run, { base }, async (opened) => {
    const { store, stateObject } = opened
    const { state, damaged } = await stateObject.read()
    refuseDamagedState(damaged, store.name, false)
    refuseOtherSite({ siteId }, state, store.name)
    const release = chooseRelease(state, asked, store.name)
    const records = await stateObject.readRelease(release)
    const publishing = runPublish({
      ...run,
      ...opened,
      site: { header: { siteId, createdAt: release.createdAt, base } },
      desired: releaseObjects(records, base),
      pages: undefined,
      release: release.release,
      take: async () => copiesOf(),
      robots: 0,
    })
    // To publish again would put up what is to be taken back, and a rollback without a number would undo this one.
    const command = `vite-distill rollback ${chosen.name} ${release.release}`
    return publishing.catch((error: unknown) => {
      throw sayAgain(error, `Roll back to release ${release.release} again (\`${command}\`)`)
    })
  })
}

function chooseRelease(state: State | undefined, asked: number | undefined, target: string): Release {
  const releases = state?.header.releases ?? []
  if (!state || releases.length === 0) {
    throw new DistillError('RELEASE_UNKNOWN', `\`${target}\` keeps no releases`, {
      hint: 'Set `releases: 5` in the target and publish: what a publish changes from then on can be put back.',
    })
  }
  const current = state.ranges.map(({ ref }) => ref.name).join()
  const found =
    asked === undefined
      ? releases.find(({ ranges }) => ranges.join() !== current)
      : releases.find(({ release }) => release === asked)
  if (found) return found
  const names = releases.map(({ release }) => `\`${release}\``).join(', ')
  throw asked === undefined
    ? new DistillError('RELEASE_UNKNOWN', `\`${target}\` has no earlier release than the one that it holds`, {
        hint: 'The next publish is one that can be taken back.',
      })
    : new DistillError('RELEASE_UNKNOWN', `\`${target}\` keeps no release \`${asked}\``, {
        hint: `It keeps ${names}: list them with \`vite-distill releases\`.`,
      })
}
