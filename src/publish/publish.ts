import { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import type { PublishContext, PublishFlags } from './options.ts'
import { refuseOtherTarget } from './plan/remote-pages.ts'
import type { PublishResult } from './result.ts'
import { runPublish } from './run-publish.ts'
import type { PublishRun } from './run.ts'
import { checkSite } from './site/check.ts'
import { desiredObjects } from './site/objects.ts'
import type { Only, SelectedPages } from './site/select-pages.ts'
import { openSite } from './site/site.ts'
import { takeFiles } from './site/take.ts'
import { uploadsFrom } from './site/write-content.ts'
import { chooseTarget, refuseOverlap } from './target.ts'
import { withStore } from './with-store.ts'

/**
 * Makes a target hold the site that was last built and nothing else of it, and checks that it is served.
 * @param targetName Default: the only target, or the one named `default`
 * @throws {DistillError} for everything that goes wrong; an `InterruptedError` after an abort of the signal
 */
export function publish(
  options: ResolvedOptions,
  targetName: string | undefined,
  flags: PublishFlags = {},
  context: PublishContext = {},
): Promise<PublishResult> {
  return withRun(options, targetName, flags, context, runPublish)
}

/** Opens the site and a target, and runs `work` with them. */
export async function withRun<T>(
  options: ResolvedOptions,
  targetName: string | undefined,
  flags: PublishFlags,
  context: PublishContext,
  work: (run: PublishRun) => Promise<T>,
): Promise<T> {
  const started = performance.now()
  const chosen = chooseTarget(options, targetName)
  refuseOverlap(options, chosen.name, chosen.target)
  const only = onlyOf(flags, context)
  const { cache } = options
  // Pages of another build than the recorded ones are not recorded.
  const site = await openSite(options, !only && cache && cache.from === chosen.name)
  try {
    refuseOtherTarget(site, chosen.name, flags)
    let pages: SelectedPages | undefined
    if (only) {
      // It reads HTML, which takes a while to load.
      const { selectPages } = await import('./site/select-pages.ts')
      pages = await selectPages(site, chosen.target, only, options)
    }
    // Files that are not published are not checked.
    const { robots } = pages ? { robots: 0 } : await checkSite(site)
    const base = { ...chosen, root: options.root, flags, context, started }
    return await withStore(base, { base: site.header.base, isPart: pages !== undefined }, (opened) =>
      work({
        ...base,
        ...opened,
        site,
        desired: desiredObjects(site, chosen.target),
        pages,
        robots,
        take: async (files) => uploadsFrom(await takeFiles(site, files)),
      }),
    )
  } finally {
    site.close()
  }
}

/** @throws {DistillError} `USAGE` for flags that only a publish of the whole site knows */
function onlyOf(flags: PublishFlags, { pages }: PublishContext): Only | undefined {
  const only = pages ? { keys: pages } : flags.only && { globs: flags.only }
  const { adopt, ignoreRemoteContent, excludeAssets, verify } = flags
  const conflicts = { adopt, ignoreRemoteContent, excludeAssets, verify: verify === 'all' }
  for (const [flag, given] of Object.entries(conflicts)) {
    if (only && given)
      throw new DistillError('USAGE', `\`${flag}\` is for a publish of the whole site, not of some pages`)
  }
  return only
}
