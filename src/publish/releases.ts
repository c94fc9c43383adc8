import { openBackend } from '../backends/open.ts'
import { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import type { PublishContext } from './options.ts'
import { refuseDamagedState } from './plan/refuse.ts'
import { changesBetween, type ReleaseChanges } from './releases/release-changes.ts'
import { StateObject } from './state/state-object.ts'
import type { Release } from './state/state.ts'
import { openStore } from './store/store.ts'
import { chooseTarget } from './target.ts'

/** A release that a target keeps. */
export interface ListedRelease extends Omit<Release, 'ranges'> {
  /** The target holds it now. */
  current: boolean
  /** How it differs from the release before it; `null` for the oldest, and where what one of them held is not known. */
  changes: ReleaseChanges | null
}

/** The result of `releases`, which `--json` prints. */
export interface ReleasesResult {
  /** The name of the target. */
  target: string
  /** What it stands for: `s3://www.example.com/blog/`. */
  to: string
  /** The newest first. */
  releases: ListedRelease[]
  /** Something was published since the newest release: some pages alone, or a publish that did not end. */
  changedSince: boolean
}

/**
 * Lists the releases that a target keeps. Changes nothing.
 * @throws {DistillError} where the target or its state cannot be read
 */
export async function listReleases(
  options: ResolvedOptions,
  targetName: string | undefined,
  { signal, open = openBackend }: Pick<PublishContext, 'signal' | 'open'> = {},
): Promise<ReleasesResult> {
  const { name, target } = chooseTarget(options, targetName)
  const store = openStore(await open(target, options.root), target.prefix, { signal })
  try {
    const stateObject = new StateObject(store)
    const { state, damaged } = await stateObject.read()
    refuseDamagedState(damaged, store.name, false)
    const kept = state?.header.releases ?? []
    const held = state?.ranges.map(({ ref }) => ref.name).join()
    const isCurrent = ({ ranges }: Release) => ranges.join() === held
    const releases: ListedRelease[] = []
    for (const [i, { ranges, ...release }] of kept.entries()) {
      const before = kept[i + 1]
      const changes = before ? await changesOf(stateObject, before.ranges, ranges).catch(orNull) : null
      releases.push({ ...release, current: isCurrent(kept[i]!), changes })
    }
    const changedSince = kept.length > 0 && !kept.some(isCurrent)
    return { target: name, to: store.name, releases, changedSince }
  } finally {
    store.close()
  }
}

/** A range that is lost is of one release: the others can be listed. */
function orNull(error: unknown): null {
  if (error instanceof DistillError && error.code === 'STATE_DAMAGED') return null
  throw error
}

/** Reads only the ranges that two releases do not have in common. */
async function changesOf(
  stateObject: StateObject,
  before: readonly string[],
  after: readonly string[],
): Promise<ReleaseChanges> {
  const [old, now] = [new Set(before), new Set(after)]
  return changesBetween(
    await stateObject.readRelease({ ranges: before.filter((name) => !now.has(name)) }),
    await stateObject.readRelease({ ranges: after.filter((name) => !old.has(name)) }),
  )
}
