import { randomUUID } from 'node:crypto'
import { DistillError, messageOf } from '../errors.ts'
import { createProgress } from '../progress.ts'
import { confirmPlan } from './plan/confirm-plan.ts'
import type { Plan } from './plan/plan.ts'
import { preparePages } from './plan/prepare-pages.ts'
import { prepare, type Prepared } from './plan/prepare.ts'
import { openPurge, type Purge } from './purge/purge.ts'
import { removeUnneeded } from './releases/kept.ts'
import { prepareRelease } from './releases/prepare-release.ts'
import { changedEntries, changesOf, resultOf, type Outcome, type PublishResult } from './result.ts'
import type { PublishRun } from './run.ts'
import { Lock } from './state/lock.ts'
import type { Release, State, StateHeader } from './state/state.ts'
import { defaultConcurrency } from './store/rate-limit.ts'
import type { Store } from './store/store.ts'
import { Journal } from './sync/journal.ts'
import { sync } from './sync/sync.ts'
import { comparisonOf } from './verify/difference.ts'
import { defaultVerifyTimeout } from './verify/public-site.ts'

/**
 * Makes a plan and executes it: with the lock, after a confirmation.
 * @throws {DistillError} for everything that goes wrong; an `InterruptedError` after an abort of the signal
 */
export async function runPublish(run: PublishRun): Promise<PublishResult> {
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

const planOf = (run: PublishRun): Promise<Prepared> =>
  run.pages ? preparePages(run, run.pages) : run.release === undefined ? prepare(run) : prepareRelease(run)

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
  const { limiter } = store
  limiter.startAt(state?.header.concurrency)
  const journal = new Journal(plan, state, siteToVerify !== undefined, purge !== undefined)
  const signals = [context.signal, lock?.lost].filter((signal) => signal !== undefined)
  const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined
  // Without the lock, nothing is written, not even the state after a failure.
  const guarded = lock ? store.withGuard(() => lock.check()) : store
  const { conditions } = run
  const build = run.pages ? state?.header.build : site.recorded?.build
  // Until all is done, the recorded pages may be of two builds.
  const buildSoFar = state?.header.build === build ? build : undefined
  const { releases: keepReleases = 0 } = target
  // A target without the option forgets them when a publish of the whole site has ended.
  const releases = state?.header.releases
  const keeps = keepReleases > 0 && (releases?.length ?? 0) > 0
  const headerNow = (build = buildSoFar): StateHeader => {
    const publishedAt = new Date().toISOString()
    const concurrency = limiter.found ?? state?.header.concurrency
    return {
      siteId,
      createdAt,
      publishedAt,
      run: randomUUID(),
      deploy,
      conditions,
      concurrency,
      build,
      releases,
    }
  }
  const record = (signal?: AbortSignal) => stateObject.write(headerNow(), journal, guarded.withSignal(signal))

  const write = await run.take(
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
      write,
      keeps,
      headers: () => state?.headers() ?? new Map(),
      purge,
      site: siteToVerify,
      everyFile: flags.verify === 'all' ? () => publishedFiles(run) : undefined,
      listed: !flags.ignoreRemoteContent && !run.pages,
      firstKey,
      concurrency: flags.concurrency ?? defaultConcurrency,
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
    const header = { ...headerNow(build), releases: keepReleases > 0 || run.pages ? releases : undefined }
    const release = keepReleases > 0 && !run.pages ? releaseOf(run, plan, header) : undefined
    await stateObject.write(header, journal, guarded.withSignal(undefined), release)
  }
  const { verified, removed, replaced, stillCached } = journal
  // Nothing is listed for a few pages: a publish of the whole site removes what they leave.
  const unused = journal.stateIsOutdated && !run.pages ? await removeUnused(run, state, guarded) : undefined
  return { verified, deleted: removed.size, replaced, stillCached, unused }
}

/** What the releases list of a publish. */
function releaseOf(
  { release: of }: PublishRun,
  { counts: { upload, update, headers, delete: removed } }: Plan,
  { createdAt, publishedAt, releases }: StateHeader,
): Omit<Release, 'ranges'> {
  const counts = { upload, update, headers, delete: removed }
  return { release: (releases?.[0]?.release ?? 0) + 1, createdAt, publishedAt, counts, of }
}

/**
 * Removes what neither the state nor a release needs any more. Resolves to why that failed, if it did: everything is
 * published by now, and the next publish tries again.
 */
async function removeUnused(
  { stateObject }: PublishRun,
  before: State | undefined,
  store: Store,
): Promise<string | undefined> {
  try {
    await stateObject.removeUnused(store)
    const { releases } = stateObject.current.header
    if (releases ?? before?.header.releases) await removeUnneeded(stateObject, store)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
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
  for await (const files of desired())
    for (const file of files)
      if (!flags.excludeAssets || (file.kind !== 'asset' && file.kind !== 'hashed')) yield file
}
