import { randomUUID } from 'node:crypto'
import { openBackend } from '../backends/open.ts'
import type { ResolvedOptions, Target } from '../options.ts'
import { createProgress } from '../progress.ts'
import { checkSite } from './site/check.ts'
import { confirmDeletes } from './plan/confirm-deletes.ts'
import type { PublishContext, PublishFlags } from './options.ts'
import { Journal } from './sync/journal.ts'
import { Lock } from './state/lock.ts'
import { prepare, type Prepared } from './plan/prepare.ts'
import { PublicSite } from './verify/public-site.ts'
import { refuseUnfit } from './plan/refuse.ts'
import { bytesOf, changesOf, noticesOf, plainError, type PublishResult } from './result.ts'
import { openSite, type Site } from './site/site.ts'
import { StateObject } from './state/store.ts'
import { Store } from './store/store.ts'
import { sync } from './sync/sync.ts'
import { chooseTarget, refuseOverlap } from './target.ts'
import { wantedOf, type Wanted } from './site/objects.ts'

const defaultVerifyTimeout = 10_000

/**
 * Makes a target hold just the site that was last built, and sees to it that it is served.
 * @throws {DistillError} whatever went wrong, and `InterruptedError` where it was asked to stop
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

  const backend = await (context.open ?? openBackend)(target, options.root)
  const { signal } = context
  const store = new Store(backend, target.prefix, { signal, concurrency: flags.concurrency })
  const publicSite =
    target.publicUrl === undefined
      ? undefined
      : new PublicSite(target.publicUrl, site.header.base, { signal, patience: target.verifyTimeout })
  try {
    refuseUnfit(name, target, store)
    const wanted = wantedOf(site, target)
    const result = await run({ site, wanted, target, store, publicSite, robots, flags, context })
    return { target: name, ...result, ms: Math.round(performance.now() - started) }
  } finally {
    store.close()
  }
}

interface Run {
  site: Site
  wanted: Wanted
  target: Target
  store: Store
  publicSite: PublicSite | undefined
  /** How many pages say how robots are to treat them in a way that no storage can. */
  robots: number
  flags: PublishFlags
  context: PublishContext
}

async function run(job: Run): Promise<Omit<PublishResult, 'target' | 'ms'>> {
  const { flags, store } = job
  const stateObject = new StateObject(store)
  const prepared = await prepare({ ...job, stateObject })
  if (flags.dryRun) return resultOf(job, prepared, {})
  if (prepared.idle) {
    const journal = new Journal(prepared.plan, prepared.state, false)
    if (flags.verify === 'all') await carryOut({ ...job, prepared, journal, stateObject })
    return resultOf(job, prepared, { journal })
  }
  await agree(job, prepared)
  if (store.conditional) return withLock(job, prepared, stateObject)
  const journal = await publishPlan(job, prepared, stateObject)
  return resultOf(job, prepared, { journal })
}

/** Publishes as the only one, with a new plan where somebody else published since the first was made. */
async function withLock(job: Run, first: Prepared, stateObject: StateObject) {
  const { store, context } = job
  const lock = await Lock.take(store, context)
  let prepared = first
  let journal: Journal
  try {
    if (lock.takenOver || !(await stateObject.isCurrent())) {
      prepared = await prepare({ ...job, stateObject })
      await agree(job, prepared)
    }
    journal = await publishPlan(job, prepared, stateObject, lock)
  } catch (error) {
    store.heed(undefined)
    await lock.release().catch(() => {})
    throw error
  }
  store.heed(undefined)
  const unlocked = await lock.release().then(
    () => true,
    () => false,
  )
  return resultOf(job, prepared, { journal, unlocked })
}

/** @throws {DistillError} where the plan must not be carried out, or nobody agreed to its deletes */
async function agree({ store, flags, context }: Run, { plan, refused }: Prepared): Promise<void> {
  if (refused) throw refused
  const changed = plan.entries.filter(({ action }) => action !== 'keep')
  if (changed.length > 0) context.onPlan?.(changesOf(changed), store.name)
  await confirmDeletes(plan, store.name, flags, context)
}

async function publishPlan(job: Run, prepared: Prepared, stateObject: StateObject, lock?: Lock) {
  const journal = new Journal(prepared.plan, prepared.state, siteToSee(job) !== undefined)
  await carryOut({ ...job, prepared, journal, stateObject, lock })
  return journal
}

interface Work extends Run {
  prepared: Prepared
  journal: Journal
  stateObject: StateObject
  lock?: Lock | undefined
}

async function carryOut(work: Work): Promise<void> {
  const { site, store, target, journal, stateObject, lock, flags, context } = work
  const { plan, deploy, first } = work.prepared
  const { siteId, createdAt } = site.header
  const record = () =>
    stateObject.write(
      { version: 1, siteId, createdAt, publishedAt: new Date().toISOString(), run: randomUUID(), deploy },
      () => journal.records(),
    )
  const signals = [context.signal, lock?.lost].filter((signal) => signal !== undefined)
  const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined
  store.heed(signal)
  if (journal.claims) await record()
  try {
    await sync({
      plan,
      journal,
      store,
      directory: site.directory,
      site: siteToSee(work),
      everyFile: flags.verify === 'all' ? () => publishedFiles(work) : undefined,
      listed: !flags.ignoreRemoteContent,
      first,
      concurrency: flags.concurrency ?? 32,
      verifyTimeout: target.verifyTimeout ?? defaultVerifyTimeout,
      signal,
      hold: async () => lock?.hold(),
      progress: context.progress ?? (() => createProgress({ label: '', quiet: true })),
    })
  } catch (error) {
    // What was done is recorded even so, as far as possible: the next publish then has less to repair.
    store.heed(undefined)
    if (journal.isNews) await record().catch(() => {})
    throw error
  }
  store.heed(undefined)
  if (journal.isNews) await record()
}

/** The public address, if one is to look there. */
const siteToSee = ({ publicSite, flags }: Run) => (flags.skipVerify || flags.dryRun ? undefined : publicSite)

async function* publishedFiles({ wanted, flags }: Run) {
  for await (const file of wanted())
    if (!flags.excludeAssets || (file.kind !== 'asset' && file.kind !== 'hashed')) yield file
}

function resultOf(
  job: Run,
  { plan, damaged, refused }: Prepared,
  { journal, unlocked = true }: { journal?: Journal; unlocked?: boolean },
): Omit<PublishResult, 'target' | 'ms'> {
  const { site, store, publicSite, robots, flags } = job
  const changed = plan.entries.filter(({ action }) => action !== 'keep')
  const { siteId, createdAt } = site.header
  return {
    to: store.name,
    ...(publicSite && { publicUrl: publicSite.root }),
    siteId,
    createdAt,
    dryRun: flags.dryRun ?? false,
    plan: changesOf(flags.dryRun ? plan.entries : changed),
    counts: plan.counts,
    foreign: plan.foreign,
    bytes: bytesOf(plan),
    verified: siteToSee(job) ? (journal?.seen ?? 0) : null,
    requests: { ...store.requests, public: publicSite?.requests ?? 0 },
    notices: noticesOf(
      {
        damaged,
        unseen: publicSite === undefined && changed.length > 0,
        unlocked,
        lockable: store.conditional || changed.length === 0,
        robots: store.keepsHeaders ? robots : 0,
      },
      flags,
    ),
    ...(flags.dryRun && refused && { refused: plainError(refused) }),
  }
}
