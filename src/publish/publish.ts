import { randomUUID } from 'node:crypto'
import { openBackend } from '../backends/open.ts'
import { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { createProgress } from '../progress.ts'
import type { PublishContext, PublishFlags } from './options.ts'
import { confirmPlan } from './plan/confirm-plan.ts'
import { preparePages } from './plan/prepare-pages.ts'
import { prepare, type Prepared } from './plan/prepare.ts'
import { refuseUnfit } from './plan/refuse.ts'
import { openPurge, type Purge } from './purge/purge.ts'
import { refuseOtherTarget } from './plan/remote-pages.ts'
import { changedEntries, changesOf, resultOf, type Outcome, type PublishResult } from './result.ts'
import type { PublishRun } from './run.ts'
import { checkSite } from './site/check.ts'
import { desiredObjects } from './site/objects.ts'
import { selectPages, type Only } from './site/select-pages.ts'
import { openSite } from './site/site.ts'
import { takeFiles } from './site/take.ts'
import { Lock } from './state/lock.ts'
import { StateObject } from './state/state-object.ts'
import type { StateHeader } from './state/state.ts'
import { openStore } from './store/store.ts'
import { Journal } from './sync/journal.ts'
import { sync } from './sync/sync.ts'
import { chooseTarget, refuseOverlap } from './target.ts'
import { comparisonOf } from './verify/difference.ts'
import { defaultVerifyTimeout, PublicSite } from './verify/public-site.ts'

/**
 * Makes a target hold the site that was last built and nothing else of it, and checks that it is served.
 * @param targetName Default: the only target, or the one named `default`
 * @throws {DistillError} for everything that goes wrong; an `InterruptedError` after an abort of the signal
 */
export async function publish(
  options: ResolvedOptions,
  targetName: string | undefined,
  flags: PublishFlags = {},
  context: PublishContext = {},
): Promise<PublishResult> {
  const started = performance.now()
  const chosen = chooseTarget(options, targetName)
  refuseOverlap(options, chosen.name, chosen.target)
  const only = onlyOf(flags, context)
  const { cache } = options
  // Pages of another build than the recorded ones are not recorded.
  const site = await openSite(options, !only && cache && cache.from === chosen.name)
  try {
    refuseOtherTarget(site, chosen.name, flags)
    return await publishSite({ ...chosen, root: options.root, site, flags, context, started }, only, options)
  } finally {
    site.close()
  }
}

async function publishSite(
  base: Pick<PublishRun, 'name' | 'target' | 'root' | 'site' | 'flags' | 'context' | 'started'>,
  only: Only | undefined,
  options: ResolvedOptions,
): Promise<PublishResult> {
  const { name, target, root, site, flags, context } = base
  // Files that are not published are not checked.
  const pages = only && (await selectPages(site, target, only, options))
  const { robots } = pages ? { robots: 0 } : await checkSite(site)

  const { signal, open = openBackend } = context
  const backend = await open(target, root)
  const store = openStore(backend, target.prefix, { signal, concurrency: flags.concurrency })
  try {
    refuseUnfit(name, target, store)
    const { publicUrl, verifyTimeout: timeout } = target
    const publicSite =
      publicUrl === undefined
        ? undefined
        : new PublicSite(publicUrl, site.header.base, { signal, timeout, concurrency: flags.concurrency })
    return await runPublish({
      ...base,
      desired: desiredObjects(site, target),
      pages,
      robots,
      store,
      stateObject: new StateObject(store, pages !== undefined),
      publicSite,
      siteToVerify: flags.skipVerify || flags.dryRun ? undefined : publicSite,
    })
  } finally {
    store.close()
  }
}

async function runPublish(run: PublishRun): Promise<PublishResult> {
  const { flags, store, pages } = run
  // A plan for a few pages takes less time than to see whether it is still right once the lock is taken.
  if (pages && !flags.dryRun && store.conditional) return runLocked(run)
  const prepared = await planOf(run)
  if (flags.dryRun) return resultOf(run, prepared)
  if (prepared.nothingToDo) {
    return resultOf(run, prepared, flags.verify === 'all' ? await execute(run, prepared) : {})
  }
  await confirm(run, prepared)
  if (store.conditional) return runLocked(run, prepared)
  return resultOf(run, prepared, await execute(run, prepared))
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

const planOf = (run: PublishRun): Promise<Prepared> =>
  run.pages ? preparePages(run, run.pages) : prepare(run)

/** Takes the lock, and makes a new plan if another publish wrote to the target since the first plan, if there is one. */
async function runLocked(run: PublishRun, first?: Prepared): Promise<PublishResult> {
  const { lease, signal, onWait } = run.context
  const { wait = 0 } = run.flags
  const lock = await Lock.take(run.store, {
    lease,
    wait: wait === true ? Infinity : wait * 1000,
    signal,
    onWait,
  })
  let prepared: Prepared
  let outcome: Outcome
  try {
    if (first && !lock.contended && (await run.stateObject.isCurrent())) prepared = first
    else {
      prepared = await planOf(run)
      await confirm(run, prepared)
    }
    const isUntried = prepared.state === undefined || prepared.state.header.conditions === 'none'
    if (isUntried && !(await lock.conditionsWork())) return await runUnlocked(run, lock, prepared)
    outcome = await execute(run, prepared, lock)
  } catch (error) {
    // Conditional writes may have worked before, for example until the bucket got versions.
    const mayBeFalse = error instanceof DistillError && error.code === 'LOCKED'
    if (mayBeFalse && !(await lock.conditionsWork().catch(() => true))) return runUnlocked(run, lock)
    const released = await isReleased(lock)
    throw released || lock.lost.aborted ? error : withLeftLock(error)
  }
  const unlocked = await isReleased(lock)
  return resultOf(run, prepared, { ...outcome, unlocked })
}

const isReleased = (lock: Lock): Promise<boolean> =>
  lock.release().then(
    () => true,
    () => false,
  )

/** Adds to an error that the lock stays. */
function withLeftLock(error: unknown): unknown {
  if (!(error instanceof DistillError)) return error
  const left =
    'The lock could not be removed: it can be taken over after two minutes, or removed with `vite-distill unlock`.'
  return Object.assign(error, { hint: error.hint === undefined ? left : `${error.hint} ${left}` })
}

/** Goes on without a lock, which means nothing where conditional writes do not work. */
async function runUnlocked(
  { store: locked, ...rest }: PublishRun,
  lock: Lock,
  planned?: Prepared,
): Promise<PublishResult> {
  await lock.release().catch(() => {})
  const store = locked.withoutConditions()
  const run: PublishRun = { ...rest, store, conditions: 'none' }
  const prepared = planned ?? (await planOf(run))
  if (!planned) await confirm(run, prepared)
  return resultOf(run, prepared, await execute(run, prepared))
}

/** @throws {DistillError} where the plan is refused or not confirmed */
async function confirm({ store, flags, context }: PublishRun, { plan, refused }: Prepared): Promise<void> {
  if (refused) throw refused
  const changed = changedEntries(plan)
  if (changed.length > 0) context.onPlan?.(changesOf(changed), store.name)
  await confirmPlan(plan, store.name, flags, context)
}

/** Executes a plan, with the cache of the target at hand, and records it in the state. */
async function execute(run: PublishRun, prepared: Prepared, lock?: Lock): Promise<Outcome> {
  const { name, target, publicSite, root } = run
  const purge = await openPurge(name, target, publicSite, root)
  try {
    const outcome = await executeWith(run, prepared, purge, lock)
    return { ...outcome, purged: purge?.purged, purgeNotices: purge?.notices }
  } finally {
    purge?.close()
  }
}

async function executeWith(
  run: PublishRun,
  prepared: Prepared,
  purge: Purge | undefined,
  lock: Lock | undefined,
): Promise<Outcome> {
  const { site, store, stateObject, target, siteToVerify, flags, context } = run
  const { plan, state, deploy, firstKey } = prepared
  const { siteId, createdAt } = site.header
  const journal = new Journal(plan, state, siteToVerify !== undefined, purge !== undefined)
  const signals = [context.signal, lock?.lost].filter((signal) => signal !== undefined)
  const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined
  // Without the lock, nothing is written, not even the state after a failure.
  const guarded = lock ? store.withGuard(() => lock.check()) : store
  const { conditions } = run
  const build = run.pages ? state?.header.build : site.recorded?.build
  // Until all is done, the recorded pages may be of two builds.
  const buildSoFar = state?.header.build === build ? build : undefined
  const headerNow = (build = buildSoFar): StateHeader => {
    const publishedAt = new Date().toISOString()
    return { siteId, createdAt, publishedAt, run: randomUUID(), deploy, conditions, build }
  }
  const record = (signal?: AbortSignal) => stateObject.write(headerNow(), journal, guarded.withSignal(signal))

  const pathOf = await takeFiles(
    site,
    plan.entries.flatMap(({ action, file }) => (action !== 'keep' && file ? [file] : [])),
  )
  if (journal.needsPendingRecords) {
    const pending = { changes: () => journal.pending(), headers: journal.headers }
    await stateObject.writePending(headerNow(), pending, guarded.withSignal(signal))
  }
  try {
    await sync({
      plan,
      journal,
      store: guarded.withSignal(signal),
      pathOf,
      purge,
      site: siteToVerify,
      everyFile: flags.verify === 'all' ? () => publishedFiles(run) : undefined,
      listed: !flags.ignoreRemoteContent && !run.pages,
      firstKey,
      concurrency: flags.concurrency ?? 32,
      verifyTimeout: target.verifyTimeout ?? defaultVerifyTimeout,
      comparison: comparisonOf(target.verify, store.keepsHeaders),
      signal,
      ensureLocked: async () => lock?.check(),
      progress: context.progress ?? (() => createProgress({ label: '', quiet: true })),
    })
  } catch (error) {
    // Record what was done, even after an abort: the next publish then has less to repair.
    if (journal.stateIsOutdated) await withLock(run, lock, record).catch(() => {})
    throw error
  }
  if (journal.stateIsOutdated) {
    await stateObject.write(headerNow(build), journal, guarded.withSignal(undefined))
    // Nothing is listed for a few pages: a publish of the whole site removes what they leave.
    if (!run.pages) await stateObject.removeUnused(guarded)
  }
  const { verified, removed, replaced, stillCached } = journal
  return { verified, deleted: removed.size, replaced, stillCached }
}

/** Writes the state under a lock. A publish that only verifies took none. */
async function withLock(
  { store, context }: PublishRun,
  lock: Lock | undefined,
  write: () => Promise<void>,
): Promise<void> {
  if (lock || !store.conditional) return write()
  const taken = await Lock.take(store, context)
  try {
    await write()
  } finally {
    await taken.release()
  }
}

async function* publishedFiles({ desired, flags }: PublishRun) {
  for await (const file of desired())
    if (!flags.excludeAssets || (file.kind !== 'asset' && file.kind !== 'hashed')) yield file
}
