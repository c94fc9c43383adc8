import { randomUUID } from 'node:crypto'
import { openBackend } from '../backends/open.ts'
import { isFailure } from '../backends/backend.ts'
import { sourceOf } from '../backends/source.ts'
import { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { ownKeys } from '../keys.ts'
import type { PublishContext } from './options.ts'
import { conditionsFail, plainError, type PlainError } from './result.ts'
import { openPurge } from './purge/purge.ts'
import { sha256 } from './site/digest.ts'
import type { DesiredObject } from './site/objects.ts'
import type { Requests } from './store/requester.ts'
import { openStore, type Store } from './store/store.ts'
import { chooseTarget, refuseOverlap } from './target.ts'
import { comparisonOf, type Comparison } from './verify/difference.ts'
import { isServed, probeGone, probeServed } from './verify/probe.ts'
import { PublicSite } from './verify/public-site.ts'

export interface TestStep {
  name: string
  ok: boolean
  ms: number
}

/** The result of `test-publish`, which `--json` prints. */
export interface TestPublishResult {
  /** The name of the target. */
  target: string
  /** What it stands for: `s3://www.example.com/blog/`. */
  to: string
  publicUrl?: string
  ok: boolean
  /** In order. The first one that fails is the last, but for `write on a condition`, which a publish can do without. */
  steps: TestStep[]
  requests: Requests & { public: number }
  ms: number
  notices: string[]
  /** The error of the step that failed. */
  error?: PlainError
}

/**
 * Tries everything that a publish needs from a target, with an object of a random name, and removes the object
 * in any case.
 * @throws {DistillError} for what is wrong before the first request
 */
export async function testPublish(
  options: ResolvedOptions,
  targetName: string | undefined,
  {
    signal,
    open = openBackend,
    onStep,
  }: Pick<PublishContext, 'signal' | 'open'> & { onStep?: (step: TestStep) => void } = {},
): Promise<TestPublishResult> {
  const started = performance.now()
  const { name, target } = chooseTarget(options, targetName)
  refuseOverlap(options, name, target)
  const store = openStore(await open(target, options.root), target.prefix, { signal })
  const { publicUrl, verifyTimeout: timeout } = target
  const site = publicUrl === undefined ? undefined : new PublicSite(publicUrl, '/', { signal, timeout })
  const steps: TestStep[] = []
  const step: RunStep = async (name, work) => {
    const begun = performance.now()
    let ok = false
    try {
      await work()
      ok = true
    } finally {
      const done = { name, ok, ms: Math.round(performance.now() - begun) }
      steps.push(done)
      onStep?.(done)
    }
  }

  const notices = site
    ? []
    : ['Reading through the public address was not tried: the target has no `publicUrl`.']
  let failure: DistillError | undefined
  try {
    const comparison = comparisonOf(target.verify, store.keepsHeaders)
    const purge = async (key: string) => {
      const opened = await openPurge(name, target, site, options.root)
      await opened?.purge([key], signal).finally(() => opened.close())
    }
    const releases = (target.releases ?? 0) > 0
    await runSteps(store, site, comparison, target.purge && purge, releases, step, notices)
  } catch (error) {
    if (!(error instanceof DistillError)) throw error
    failure = error
  } finally {
    store.close()
  }
  return {
    target: name,
    to: store.name,
    publicUrl: site?.root,
    ok: failure === undefined,
    steps,
    requests: { ...store.requests, public: site?.requests ?? 0 },
    ms: Math.round(performance.now() - started),
    notices,
    error: failure && plainError(failure),
  }
}

type RunStep = (name: string, work: () => Promise<void>) => Promise<void>

async function runSteps(
  store: Store,
  site: PublicSite | undefined,
  comparison: Comparison,
  purge: ((key: string) => Promise<void>) | undefined,
  releases: boolean,
  step: RunStep,
  notices: string[],
): Promise<void> {
  const object = testObject()
  const own = testObject(ownKeys)
  const { key, headers } = object
  const mayExist = new Set<string>()
  let etag = ''
  try {
    await step('write', async () => {
      mayExist.add(key)
      etag = (await store.put(key, object.source, { headers })).etag
    })
    await step('list', async () => {
      const [found] = await store.list(key)
      if (found?.size !== object.size) throw unfitError(store, 'it does not list what was just written')
    })
    if (store.conditional) {
      try {
        await step('write on a condition', async () => {
          await expectRefused(store.put(key, object.source, { headers, ifMatch: null }))
          await expectAccepted(store.put(key, object.source, { headers, ifMatch: etag }))
        })
      } catch (error) {
        if (!(error instanceof ConditionsFail)) throw error
        notices.push(conditionsFail)
      }
      etag = (await store.list(key))[0]?.etag ?? etag
    }
    await step('write a state', async () => {
      mayExist.add(own.key)
      await store.put(own.key, own.source, {
        headers: own.headers,
        ifMatch: store.conditional ? null : undefined,
      })
      if (!(await store.get(own.key))) throw unfitError(store, 'it does not return what was just written')
      if (site && (await isServed(site, own))) notices.push(publicStateNotice(site))
      await store.remove([{ key: own.key, etag: undefined }])
      mayExist.delete(own.key)
    })
    if (site) await step('read through the public address', () => probeServed(site, object, comparison))
    if (store.maxRewrite > 0) {
      await step('change headers', async () => {
        const changed = { ...headers, 'cache-control': 'no-cache' }
        await store.rewrite(key, { headers: changed, ifMatch: etag })
        // A cache may hold the response of the step before.
        if (site) await probeServed(site, { ...object, headers: changed }, comparison, { fresh: true })
      })
    }
    if (releases) {
      await step('copy', async () => {
        if (!store.canCopy) throw unfitError(store, 'it cannot copy objects, which `releases` needs')
        mayExist.add(own.key)
        const [found] = await store.list(key)
        await store.copy(key, own.key, { headers, ifSourceMatch: found?.etag ?? etag })
        await store.remove([{ key: own.key, etag: undefined }])
        mayExist.delete(own.key)
      })
    }
    await step('delete', async () => {
      await store.remove([{ key, etag: undefined }])
      mayExist.delete(key)
      if ((await store.list(key)).length > 0) throw unfitError(store, 'it still lists what was deleted')
    })
    if (purge) await step('purge', () => purge(key))
    if (site) await step('gone from the public address', () => probeGone(site, object))
  } finally {
    const unstoppable = store.withSignal(undefined)
    for (const key of mayExist) await unstoppable.remove([{ key, etag: undefined }]).catch(() => {})
  }
}

const publicStateNotice = (site: PublicSite) =>
  `Everybody can read the state at ${site.addressOfKey(`${ownKeys}state.json`)}, which lists every key. Deny \`${ownKeys}\` to visitors, or keep it in another place: \`stateBucket\`, \`stateContainer\` or \`statePath\` of the target.`

function testObject(folder = '') {
  const key = `${folder}vite-distill-test-${randomUUID()}.txt`
  const body = new TextEncoder().encode(`vite-distill was here: ${randomUUID()}\n`)
  const source = sourceOf(body)
  return {
    key,
    url: `/${key}`,
    kind: 'asset',
    size: source.size,
    md5: source.md5,
    sha256: sha256(body),
    headers: { 'content-type': 'text/plain;charset=utf-8', 'cache-control': 'no-store' },
    headersHash: '',
    source,
  } satisfies DesiredObject & { source: unknown }
}

class ConditionsFail extends Error {}

async function expectRefused(write: Promise<unknown>): Promise<void> {
  try {
    await write
  } catch (error) {
    if (isFailure(error, 'precondition')) return
    throw error
  }
  throw new ConditionsFail()
}

async function expectAccepted(write: Promise<unknown>): Promise<void> {
  await write.catch((error: unknown) => {
    throw isFailure(error, 'precondition') ? new ConditionsFail() : error
  })
}

const unfitError = (store: Store, how: string) =>
  new DistillError('TRANSFER_FAILED', `\`${store.name}\` is not fit to publish to: ${how}`, {
    hint: 'Is the target the storage you think it is? Check its `endpoint` and its version.',
  })
