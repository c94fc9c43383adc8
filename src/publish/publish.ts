import { randomUUID } from 'node:crypto'
import { openBackend } from '../backends/open.ts'
import type { ResolvedOptions } from '../options.ts'
import { createProgress } from '../progress.ts'
import type { PublishContext, PublishFlags } from './options.ts'
import { confirmDeletes } from './plan/confirm-deletes.ts'
import { prepare, type Prepared } from './plan/prepare.ts'
import { refuseUnfit } from './plan/refuse.ts'
import { changedEntries, changesOf, resultOf, type PublishResult } from './result.ts'
import type { PublishRun } from './run.ts'
import { checkSite } from './site/check.ts'
import { desiredObjects } from './site/objects.ts'
import { openSite } from './site/site.ts'
import { Lock } from './state/lock.ts'
import { StateObject } from './state/state-object.ts'
import { openStore } from './store/store.ts'
import { Journal } from './sync/journal.ts'
import { sync } from './sync/sync.ts'
import { chooseTarget, refuseOverlap } from './target.ts'
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
  const { name, target } = chooseTarget(options, targetName)
  refuseOverlap(options, name, target)
  const site = await openSite(options)
  const { robots } = await checkSite(site)

  const { signal, open = openBackend } = context
  const backend = await open(target, options.root)
  const store = openStore(backend, target.prefix, { signal, concurrency: flags.concurrency })
  try {
    refuseUnfit(name, target, store)
    const { publicUrl, verifyTimeout: timeout } = target
    const publicSite =
      publicUrl === undefined ? undefined : new PublicSite(publicUrl, site.header.base, { signal, timeout })
    return await runPublish({
      name,
      target,
      site,
      desired: desiredObjects(site, target),
      robots,
      store,
      stateObject: new StateObject(store),
      publicSite,
      siteToVerify: flags.skipVerify || flags.dryRun ? undefined : publicSite,
      flags,
      context,
      started,
    })
  } finally {
    store.close()
  }
}

async function runPublish(run: PublishRun): Promise<PublishResult> {
  const { flags, store } = run
  const prepared = await prepare(run)
  if (flags.dryRun) return resultOf(run, prepared)
  if (prepared.nothingToDo) {
    const verified = flags.verify === 'all' ? await execute(run, prepared) : 0
    return resultOf(run, prepared, { verified })
  }
  await confirm(run, prepared)
  if (store.conditional) return runLocked(run, prepared)
  return resultOf(run, prepared, { verified: await execute(run, prepared) })
}

/** Takes the lock, and makes a new plan if another publish wrote to the target since the first plan. */
async function runLocked(run: PublishRun, first: Prepared): Promise<PublishResult> {
  const lock = await Lock.take(run.store, run.context)
  let prepared = first
  let verified: number
  try {
    if (lock.takenOver || !(await run.stateObject.isCurrent())) {
      prepared = await prepare(run)
      await confirm(run, prepared)
    }
    verified = await execute(run, prepared, lock)
  } catch (error) {
    await lock.release().catch(() => {})
    throw error
  }
  const unlocked = await lock.release().then(
    () => true,
    () => false,
  )
  return resultOf(run, prepared, { verified, unlocked })
}

/** @throws {DistillError} where the plan is refused, or its deletes are not confirmed */
async function confirm({ store, flags, context }: PublishRun, { plan, refused }: Prepared): Promise<void> {
  if (refused) throw refused
  const changed = changedEntries(plan)
  if (changed.length > 0) context.onPlan?.(changesOf(changed), store.name)
  await confirmDeletes(plan, store.name, flags, context)
}

/** Executes a plan and records it in the state. Resolves to how many files were verified. */
async function execute(run: PublishRun, prepared: Prepared, lock?: Lock): Promise<number> {
  const { site, store, stateObject, target, siteToVerify, flags, context } = run
  const { plan, state, deploy, firstKey } = prepared
  const { siteId, createdAt } = site.header
  const journal = new Journal(plan, state, siteToVerify !== undefined)
  const signals = [context.signal, lock?.lost].filter((signal) => signal !== undefined)
  const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined
  const record = (signal?: AbortSignal) =>
    stateObject.write(
      { version: 1, siteId, createdAt, publishedAt: new Date().toISOString(), run: randomUUID(), deploy },
      () => journal.records(),
      signal,
    )

  if (journal.needsPendingRecords) await record(signal)
  try {
    await sync({
      plan,
      journal,
      store: store.withSignal(signal),
      directory: site.directory,
      site: siteToVerify,
      everyFile: flags.verify === 'all' ? () => publishedFiles(run) : undefined,
      listed: !flags.ignoreRemoteContent,
      firstKey,
      concurrency: flags.concurrency ?? 32,
      verifyTimeout: target.verifyTimeout ?? defaultVerifyTimeout,
      signal,
      ensureLocked: async () => lock?.ensureHeld(),
      progress: context.progress ?? (() => createProgress({ label: '', quiet: true })),
    })
  } catch (error) {
    // Record what was done, even after an abort: the next publish then has less to repair.
    if (journal.stateIsOutdated) await record().catch(() => {})
    throw error
  }
  if (journal.stateIsOutdated) await record()
  return journal.verified
}

async function* publishedFiles({ desired, flags }: PublishRun) {
  for await (const file of desired())
    if (!flags.excludeAssets || (file.kind !== 'asset' && file.kind !== 'hashed')) yield file
}
