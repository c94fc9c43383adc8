import { randomUUID } from 'node:crypto'
import { openBackend } from '../backends/open.ts'
import type { ResolvedOptions } from '../options.ts'
import { createProgress } from '../progress.ts'
import { checkSite } from './check-site.ts'
import { confirmDeletes } from './confirm-deletes.ts'
import type { PublishContext, PublishFlags } from './flags.ts'
import { Journal } from './journal.ts'
import { planPublish, type Plan } from './plan.ts'
import { PublicSite } from './public-site.ts'
import { refusalOf, refuseForeign } from './refuse.ts'
import { bytesOf, changesOf, countActions, noticesOf, plainError, type PublishResult } from './result.ts'
import { openSite, ownKeys, type Site } from './site.ts'
import { StateObject } from './state-object.ts'
import { Store } from './store.ts'
import { sync } from './sync.ts'
import { chooseTarget, refuseOverlap } from './target.ts'

/**
 * Makes a target hold just the site that was last built, and sees to it that it is served.
 * @throws {DistillError} whatever went wrong, and `Interrupted` where it was asked to stop
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
  await checkSite(site)

  const backend = await (context.open ?? openBackend)(target, options.root)
  const store = new Store(backend, target.prefix, context.signal)
  const publicSite =
    target.publicUrl === undefined
      ? undefined
      : new PublicSite(target.publicUrl, site.header.base, context.signal)
  try {
    const result = await run({ site, store, publicSite, flags, context })
    return { target: name, ...result, ms: Math.round(performance.now() - started) }
  } finally {
    store.close()
  }
}

interface Run {
  site: Site
  store: Store
  publicSite: PublicSite | undefined
  flags: PublishFlags
  context: PublishContext
}

async function run({ site, store, publicSite, flags, context }: Run) {
  const stateObject = new StateObject(store)
  const { state, damaged } = await stateObject.read()
  refuseForeign(site, state, store.name)
  const plan = await planPublish({
    files: site.files(),
    remote: flags.ignoreRemoteContent ? undefined : await listSite(store),
    state,
    keepsHeaders: store.keepsHeaders,
    excludeAssets: flags.excludeAssets ?? false,
  })
  const seen = publicSite !== undefined && !flags.skipVerify && !flags.dryRun ? publicSite : undefined
  const journal = new Journal(plan, state, seen !== undefined)
  const changed = plan.entries.filter(({ action }) => action !== 'keep')
  const refused = refusalOf(plan, { target: store.name, maxDeletes: flags.maxDeletes })

  if (!flags.dryRun) {
    if (refused) throw refused
    if (changed.length > 0) context.onPlan?.(changesOf(changed), store.name)
    await confirmDeletes(plan, store.name, flags, context)
    await carryOut({ site, store, seen, plan, journal, stateObject, flags, context })
  }
  const { siteId, createdAt } = site.header
  return {
    to: store.name,
    ...(publicSite && { publicUrl: publicSite.root }),
    siteId,
    createdAt,
    dryRun: flags.dryRun ?? false,
    plan: changesOf(flags.dryRun ? plan.entries : changed),
    counts: countActions(plan),
    foreign: plan.foreign,
    bytes: bytesOf(plan),
    verified: seen ? journal.seen : null,
    requests: { ...store.requests, public: publicSite?.requests ?? 0 },
    notices: noticesOf({ damaged, unseen: publicSite === undefined && changed.length > 0 }, flags),
    ...(refused && { refused: plainError(refused) }),
  }
}

/** What the target holds, without the publish wing's own objects. */
const listSite = async (store: Store) => (await store.list()).filter(({ key }) => !key.startsWith(ownKeys))

interface Work extends Omit<Run, 'publicSite'> {
  seen: PublicSite | undefined
  plan: Plan
  journal: Journal
  stateObject: StateObject
}

async function carryOut({ site, store, seen, plan, journal, stateObject, flags, context }: Work) {
  const { siteId, createdAt } = site.header
  const record = () =>
    stateObject.write(
      { version: 1, siteId, createdAt, publishedAt: new Date().toISOString(), run: randomUUID() },
      journal.records(),
    )
  if (journal.claims) await record()
  try {
    await sync({
      plan,
      journal,
      store,
      directory: site.directory,
      site: seen,
      listed: !flags.ignoreRemoteContent,
      concurrency: flags.concurrency ?? 32,
      signal: context.signal,
      progress: context.progress ?? (() => createProgress({ label: '', quiet: true })),
    })
  } catch (error) {
    // What was done is recorded even so, as far as possible: the next publish then has less to repair.
    store.finish()
    if (journal.isNews) await record().catch(() => {})
    throw error
  }
  store.finish()
  if (journal.isNews) await record()
}
