import { openBackend } from '../backends/open.ts'
import { DistillError, printable } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { createProgress } from '../progress.ts'
import type { PublishContext } from './options.ts'
import { namesOf } from './plan/confirm-plan.ts'
import { planPublish, type Plan } from './plan/plan.ts'
import { refuseOtherSite } from './plan/refuse.ts'
import { changedEntries, changesOf } from './result.ts'
import { sayAgain } from './say-again.ts'
import { lockKey } from './state/lock-object.ts'
import { Lock } from './state/lock.ts'
import { isWritten, type WrittenRecord } from './state/record.ts'
import { listOwnKeys, removeState } from './state/remove-state.ts'
import { StateObject, stateKey } from './state/state-object.ts'
import type { State } from './state/state.ts'
import { withListing } from './store/listing.ts'
import { defaultConcurrency } from './store/rate-limit.ts'
import { openStore } from './store/store.ts'
import { Journal } from './sync/journal.ts'
import { openPurge, type Purge } from './purge/purge.ts'
import { removeOrphans } from './sync/remove-orphans.ts'
import { withProgress } from './sync/with-progress.ts'
import { chooseTarget } from './target.ts'
import {
  resultOf,
  type Removal,
  type RemovalOutcome,
  type UnpublishFlags,
  type UnpublishResult,
  type UnpublishRun,
} from './unpublish-result.ts'
import { comparisonOf } from './verify/difference.ts'
import { defaultVerifyTimeout, PublicSite } from './verify/public-site.ts'
import { stillServedError } from './verify/still-served.ts'
import { UnverifiedError, verifyGone } from './verify/verify.ts'

/** An object that one listing lacks and the next one has is deleted then. More listings tell nothing new. */
const maxListings = 3

/**
 * Removes from a target what publishes wrote there, with state and lock, and nothing else. Where that fails or the
 * process dies, calling it again finishes it.
 * @throws {DistillError} for everything that goes wrong; an `InterruptedError` after an abort of the signal
 */
export async function unpublish(
  options: ResolvedOptions,
  targetName: string,
  flags: UnpublishFlags = {},
  context: PublishContext = {},
): Promise<UnpublishResult> {
  const started = performance.now()
  const { name, target } = chooseTarget(options, targetName)
  const { siteId, base, root } = options
  const { signal, open = openBackend } = context
  const { concurrency } = flags
  const store = openStore(await open(target, root), target.prefix, { signal, concurrency })
  const { publicUrl, verifyTimeout: timeout } = target
  const publicSite =
    publicUrl === undefined ? undefined : new PublicSite(publicUrl, base, { signal, timeout, concurrency })
  const stateObject = new StateObject(store)
  const run: UnpublishRun = {
    name,
    target,
    root,
    siteId,
    store,
    stateObject,
    publicSite,
    flags,
    context,
    started,
  }
  try {
    const removal = await prepare(run)
    if (flags.dryRun || !removal.found) return resultOf(run, { removal })
    await confirm(run, removal)
    return resultOf(run, await (store.conditional ? removeLocked(run, removal) : removeAll(run, removal)))
  } catch (error) {
    throw sayAgain(error, 'Unpublish again')
  } finally {
    store.close()
  }
}

/** Reads the state and lists the target. Changes nothing. */
async function prepare(run: UnpublishRun): Promise<Removal> {
  const { store, stateObject, siteId } = run
  const { state, damaged } = await stateObject.read()
  if (damaged) throw damagedError(store.name)
  refuseOtherSite({ siteId }, state, store.name)
  if (state) return { state, plan: await planRemoval(run, state), found: true }
  // A process that died may have left the rest.
  return { state, plan: undefined, found: (await listOwnKeys(store)).length > 0 }
}

const damagedError = (target: string) =>
  new DistillError(
    'STATE_DAMAGED',
    `the state of \`${target}\` cannot be read: \`${stateKey}\` or a range of it was cut short, changed or removed`,
    {
      hint: 'It says what a publish wrote there. Put an earlier version of it back, if the storage keeps versions; or publish with `--adopt`, which writes a new state, and then unpublish.',
    },
  )

/** A plan for a site without files, which keeps no assets. */
function planRemoval({ store }: UnpublishRun, state: State): Promise<Plan> {
  const first = state.records().next()
  return withListing(store, first.done ? undefined : first.value.key, (remote) =>
    planPublish({
      files: [],
      remote,
      state,
      keepsHeaders: store.keepsHeaders,
      maxRewrite: 0,
      excludeAssets: false,
      adopt: false,
      keepAssets: false,
      deploy: 0,
      now: Date.now(),
      everything: false,
    }),
  )
}

/** @throws {DistillError} `DELETES_UNCONFIRMED` */
async function confirm({ store, flags, context }: UnpublishRun, { plan }: Removal): Promise<void> {
  const deletes = plan ? changedEntries(plan) : []
  if (deletes.length === 0) return
  context.onPlan?.(changesOf(deletes), store.name)
  if (flags.yes || (await context.confirm?.(deletes.length, store.name, 0))) return
  throw context.confirm
    ? new DistillError('DELETES_UNCONFIRMED', 'the deletes were not confirmed, so nothing was removed')
    : new DistillError(
        'DELETES_UNCONFIRMED',
        `unpublishing would delete ${namesOf(deletes)} from \`${printable(store.name)}\`, and there is nobody to ask`,
        { hint: 'Allow it with `--yes`. See all keys with `--dry-run`.' },
      )
}

/** Takes the lock, and makes a new plan if another publish wrote to the target since the first plan. */
async function removeLocked(run: UnpublishRun, first: Removal): Promise<RemovalOutcome> {
  const { store, stateObject, flags, context } = run
  const { wait = 0 } = flags
  const { lease, signal, onWait } = context
  const waitFor = wait === true ? Infinity : wait * 1000
  const lock = await Lock.take(store, { lease, wait: waitFor, signal, onWait })
  const release = () =>
    lock.release().then(
      () => true,
      () => false,
    )
  let removal = first
  let outcome: RemovalOutcome
  try {
    if (!(await lock.conditionsWork())) {
      await release()
      return { ...(await removeAll({ ...run, store: store.withoutConditions() }, first)), conditions: 'none' }
    }
    if (lock.contended || !(await stateObject.isCurrent())) {
      removal = await prepare(run)
      await confirm(run, removal)
    }
    outcome = await removeAll(run, removal, lock)
  } catch (error) {
    await release()
    throw error
  }
  return { ...outcome, unlocked: await release() }
}

/**
 * Removes the site, then what publishes keep for themselves. The state stays until nothing of the site is served: where
 * that cannot be purged or verified, the next run tries again.
 */
async function removeAll(run: UnpublishRun, removal: Removal, lock?: Lock): Promise<RemovalOutcome> {
  const { name, target, root, publicSite, stateObject, context } = run
  const signals = [context.signal, lock?.lost].filter((signal) => signal !== undefined)
  const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined
  const guarded = lock ? run.store.withGuard(() => lock.check()) : run.store
  const locked = { ...run, store: guarded.withSignal(signal), context: { ...context, signal } }
  const purge = await openPurge(name, target, publicSite, root)
  try {
    const { gone, ...removed } = await removeSite(locked, removal, lock)
    await purgeGone(purge, gone, locked)
    const verification = await verifyRemoved(locked, gone)
    await removeState(locked.store, stateObject, removal.state)
    // One that a publish left before conditional writes stopped to work.
    if (!lock) await locked.store.remove([{ key: lockKey, etag: undefined }])
    return { removal, ...removed, ...verification, purged: purge?.purged, purgeNotices: purge?.notices }
  } finally {
    purge?.close()
  }
}

interface Removed {
  removed: ReadonlySet<string>
  replaced: ReadonlySet<string>
  /** What the state records and the target no longer has, also since an earlier run. */
  gone: readonly WrittenRecord[]
}

/** Deletes the site's objects in the order of every delete, until a listing shows none of them. */
async function removeSite(
  run: UnpublishRun,
  { state, plan: first }: Removal,
  lock: Lock | undefined,
): Promise<Removed> {
  const { store, flags, context } = run
  if (!state || !first) return { removed: new Set(), replaced: new Set(), gone: [] }
  const journal = new Journal(first, state, false, false)
  let plan = first
  for (let listings = 1; ; listings++) {
    await removeOrphans({
      plan,
      journal,
      store,
      concurrency: flags.concurrency ?? defaultConcurrency,
      signal: context.signal,
      ensureLocked: async () => lock?.check(),
      progress: context.progress ?? silent,
    })
    plan = await planRemoval(run, state)
    const left = changedEntries(plan)
    if (left.length === 0) break
    if (listings === maxListings) {
      throw new DistillError(
        'TRANSFER_FAILED',
        `\`${store.name}\` still lists what was deleted: ${namesOf(left)}`,
        { hint: 'Is something else publishing there? Unpublish again.' },
      )
    }
  }
  const gone = [...state.records()]
    .filter((record) => isWritten(record))
    .filter(({ key }) => plan.missing.has(key))
  return {
    removed: journal.removed,
    replaced: new Set([...journal.replaced, ...plan.replaced]),
    gone,
  }
}

const silent = () => createProgress({ label: '', quiet: true })

async function purgeGone(
  purge: Purge | undefined,
  gone: readonly WrittenRecord[],
  { context: { progress = silent, signal } }: UnpublishRun,
): Promise<void> {
  if (!purge || gone.length === 0) return
  const keys = gone.map(({ key }) => key)
  await withProgress(progress(`Purging ${purge.name}`), () => purge.purge(keys, signal))
}

/** Checks that the public address no longer serves what was deleted. */
async function verifyRemoved(
  { publicSite: site, target, store, flags, context }: UnpublishRun,
  gone: readonly WrittenRecord[],
): Promise<Pick<RemovalOutcome, 'verified' | 'stillCached'>> {
  if (!site || flags.skipVerify || gone.length === 0) return {}
  let verified = 0
  let stillCached: readonly string[] = []
  const { progress = silent, signal } = context
  try {
    await withProgress(progress('Verifying that it is gone', gone.length), async (bar) => {
      stillCached = await verifyGone(gone, {
        site,
        concurrency: flags.concurrency ?? defaultConcurrency,
        timeout: target.verifyTimeout ?? defaultVerifyTimeout,
        comparison: comparisonOf(target.verify, store.keepsHeaders),
        signal,
        onVerified() {
          verified++
          bar.tick()
        },
      })
    })
  } catch (error) {
    throw error instanceof UnverifiedError ? stillServedError(error, site.root, store.name) : error
  }
  return { verified, stillCached }
}
